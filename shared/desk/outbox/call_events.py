"""Operations events about a call that ended or is in doubt: planned, sent and outcome in one append."""

from __future__ import annotations

from uuid import UUID

from desk.contract.event import Draft, Payload, Stream, reaction_id
from desk.contract.streams.outbound_calls import (
    EffectDone,
    EffectFailed,
    EffectPlanned,
    EffectSent,
    EffectSuperseded,
    EffectUnknown,
)
from desk.decision.planning import OutboundCall
from desk.eventstore.aggregate_id import split
from desk.outbox.settlement import Settlement


def effect_facts(planned: OutboundCall, vendor: str, to: Settlement, sent: bool) -> list[Payload]:
    """Operations events about one settlement; none while the call will simply be tried again.

    `vendor` is that of the call's kind. `sent`: the call was made just now. The plan is reported with the first
    outcome; events recorded already have the same id (`fact_id`) and are not recorded again. A call from before a
    restore that has become stale, and was never made here, ends without an event.
    """
    never_made_here = planned.state == "unknown" and planned.tries == 0
    if to.state in ("planned", "sent") or (to.state == "superseded" and never_made_here):
        return []
    effect, attempt = str(planned.id), planned.tries + sent
    facts: list[Payload] = [_planned(planned, vendor)]
    facts += [EffectSent(effect=effect, attempt=attempt)] if sent else []
    if to.state == "done":
        return [*facts, EffectDone(effect=effect, external=to.vendor_key or None)]
    if to.state == "unknown":
        return [*facts, EffectUnknown(effect=effect, attempt=attempt, cause=to.detail)]
    if to.state == "failed":
        return [*facts, EffectFailed(effect=effect, attempt=attempt, cause=to.detail, final=True)]
    return [*facts, EffectSuperseded(effect=effect, why=to.detail)]


def fact_id(fact: Payload) -> UUID:
    """The id of an event about a call, derived from the call's id: the same in a store that was restored since."""
    return reaction_id(UUID(fact.effect), Draft(data=fact))  # type: ignore[attr-defined]


def done_id(planned: OutboundCall) -> UUID:
    """The id of the event that the call is done, however often it was tried."""
    return fact_id(EffectDone(effect=str(planned.id)))


def _planned(planned: OutboundCall, vendor: str) -> Payload:
    stream, subject = split(planned.aggregate)
    return EffectPlanned(
        effect=str(planned.id),
        kind=planned.kind,
        vendor=vendor,
        key=str(planned.id),
        cause=planned.cause,
        ticket=subject if stream is Stream.TICKETS else None,
    )
