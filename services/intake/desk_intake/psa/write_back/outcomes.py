"""Results of calls to the PSA, and the facts that they lead to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from desk.contract.event import Draft, Event
from desk.contract.streams.security import PolicyViolation
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.conversation import ReplySent, ReplyUndelivered
from desk.contract.ticket.intake.psa import StatusClass
from desk.contract.ticket.intake.psa_record import PsaDuplicateFound, PsaLinked
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.decision.planning import OutboundCall, Outcome

PsaFields = Mapping[str, str | None]
KEY_MISSING = "the key of its text is missing from the key ring: see `desk keys list`"
"""The call waits for a text that may become readable again, because a write without it could not be undone."""
SWITCHED_OFF = Outcome("wait", detail="write-back was switched off", after=timedelta(seconds=0.2))
"""The outcome of a call that detects it before its write; the gate ends and lists it at its next try."""


class SyncResult(NamedTuple):
    """The PSA's state after a write. `created` maps our ids to the PSA's. `level`: its SLA figures as of `at`."""

    record: str
    url: str | None
    wrote: PsaFields
    status_class: StatusClass | None
    written_back_seq: int
    revision: str
    created: Mapping[str, str] = {}
    doubles: tuple[str, ...] = ()
    level: psa.ServiceLevel | None = None
    at: datetime | None = None


class ConflictResult(NamedTuple):
    """Fields that a person changed before our write: (field, ours, theirs)."""

    fields: tuple[tuple[str, str | None, str | None], ...]
    revision: str


class UndeliveredReply(NamedTuple):
    """A reply that did not reach the client because its call is not made any more; `reason` is a code."""

    message: str
    reason: str


class FieldStopped(NamedTuple):
    """A field that is changed back and forth."""

    field: str


def facts(planned: OutboundCall, outcome: Outcome, ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    """Facts of a call's outcome: a synced record, a conflict, an undelivered reply, or a stopped field."""
    result = outcome.result
    if isinstance(result, SyncResult):
        return _synced(planned, result, ticket)
    if isinstance(result, ConflictResult):
        return [
            Draft(data=psa.PsaSyncConflicted(field=name, ours=ours, theirs=theirs, revision=result.revision))
            for name, ours, theirs in result.fields
        ]
    if isinstance(result, UndeliveredReply):
        return _undelivered(planned, outcome, result)
    if isinstance(result, FieldStopped):
        detail = f"{result.field} is changed back and forth in the PSA: nothing is written there any more"
        violation = PolicyViolation(rule="psa-field-flips", fact=planned.cause, ticket=planned.aggregate, detail=detail)
        return [Draft(data=violation, subject=planned.aggregate)]
    return []


def undelivered(event: Event | None, reason: str) -> UndeliveredReply | None:
    """The reply that a call was to deliver; None if its cause is no reply of ours to the client."""
    if event is None or not isinstance(event.data, ReplySent):
        return None
    return UndeliveredReply(event.data.message, reason)


def _undelivered(planned: OutboundCall, outcome: Outcome, result: UndeliveredReply) -> list[Draft]:
    if outcome.what not in ("failed", "withheld"):
        return []
    return [Draft(data=ReplyUndelivered(message=result.message, reason=result.reason, effect=str(planned.id)))]


def _synced(planned: OutboundCall, result: SyncResult, ticket: Ticket) -> list[Draft]:
    drafts: list[Draft] = []
    instance = ticket.intake.instance or planned.data.decode()
    if ticket.intake.record is None:
        drafts.append(Draft(data=PsaLinked(instance=instance, record=result.record, url=result.url)))
    synced = psa.PsaSynced(
        effect=str(planned.id),
        fields=tuple(sorted(result.wrote)),
        shown=result.written_back_seq,
        revision=result.revision,
        created=dict(result.created),
        wrote=dict(result.wrote),
        status_class=result.status_class,
        service_level=result.level,
        level_at=result.at if result.level is not None else None,
    )
    drafts.append(Draft(data=synced))
    recorded = {*ticket.intake.duplicates, result.record}
    return [*drafts, *(Draft(data=PsaDuplicateFound(record=r)) for r in result.doubles if r not in recorded)]
