"""Turns states of a PSA record into facts: one observation per transition, in order of time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.psa_record import PsaBack, PsaGone, PsaLinked
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_intake.decisions.opening import tier_of, waived_asset
from desk_intake.psa.ids import observation_id
from desk_intake.psa.observe.adopt_psa_change import LONGEST_PROBLEM, adopted_changes, external_draft, same_value
from desk_intake.psa.observe.late_states import StatusPoint, unobserved_transitions
from desk_intake.psa.observe.merges import merged_into
from desk_intake.psa.observed_record_types import OUT_OF_SCOPE, PLACE, ObservedTicket


class PsaHistory(NamedTuple):
    """Context of an observation besides the ticket.

    `pending`: fields that a call of ours in flight writes. `client`: the record's client as recorded.
    `timeline` returns the recorded states of the record, oldest first; `newest` is the time of the last.
    `written`: the time of our last write to the record, and triage's ownerseq that the record showed before it.
    `root`: the root ticket of a merge of this one.
    """

    instance: str
    pending: Mapping[str, str | None]
    client: Client
    timeline: Callable[[], Sequence[StatusPoint]]
    newest: datetime | None = None
    written: tuple[datetime, int] | None = None
    root: str | None = None

    def written_back_seq_at(self, at: datetime, ticket: Ticket) -> int:
        """Triage's ownerseq that the PSA showed to a person who changed the record at that instant."""
        if self.written is not None and at < self.written[0]:
            return min(self.written[1], ticket.intake.written_back_seq)
        return ticket.intake.written_back_seq


class RecordState(NamedTuple):
    """The record as of the observations decided so far."""

    psa_fields: dict[str, str | None]
    seq: int
    at: datetime | None


def observe(
    states: Sequence[ObservedTicket], ticket: Ticket, history: PsaHistory, context: DecisionContext
) -> list[Draft]:
    """The facts of these states of one record, oldest first; [] if they hold nothing new. The last state is current.

    Stamps are whole seconds: another state in the second of the newest recorded one has no order to it and is left out.
    """
    newest, is_new = states[-1], not ticket.intake.exists
    if not newest.in_scope:
        return [] if is_new or ticket.intake.gone else [_out_of_scope(newest, ticket)]
    drafts = _back(newest, ticket)
    if is_new:
        drafts += [*opening_drafts(newest, history), *waived_asset(newest.kind, ticket)]
    state = RecordState(
        dict(ticket.intake.psa_fields), ticket.intake.observed, _latest(ticket.intake.observed_at, history.newest)
    )
    late = [seen for seen in states if state.at is not None and seen.at < state.at]
    for point, before in unobserved_transitions(late, history.timeline()) if late else ():
        state = state._replace(seq=state.seq + 1)
        drafts.append(_history(point, before, state.seq, newest, ticket, history))
    merged = history.root in (None, ticket.intake.merged_into)
    for seen in states:
        if not merged and seen.merged_into and history.root:
            # before the status change that the merge made: a merged ticket is not ended, asked about or closed
            drafts, merged = [*drafts, merged_into(history.root, seen)], True
        if state.at is None or seen.at > state.at or (seen is newest and seen.at == state.at):
            found, state = _transition(seen, newest, state, ticket, history)
            drafts += found
    current = state.at is None or newest.at >= state.at
    return [*drafts, *(adopted_changes(newest, state.psa_fields, ticket, history.client, context) if current else [])]


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def opening_drafts(seen: ObservedTicket, history: PsaHistory) -> list[Draft]:
    """Facts of a ticket created in the PSA: the ticket, the contract in force at that time, the link."""
    fields = seen.fields
    fact = f.TicketOpened(
        kind=seen.kind,
        profile=seen.kind,
        client=fields["client"] or "",
        channel="psa",
        opened_at=seen.opened_at,
        problem=seen.summary[:LONGEST_PROBLEM],
        instance=history.instance,
        record=seen.record,
        contact=fields["contact"],
        zone=history.client.zone,
    )
    tier = tier_of(fields["client"] or "", history.client, seen.opened_at)
    linked = PsaLinked(instance=history.instance, record=seen.record, url=seen.url)
    return [external_draft(data, seen, seen.opened_at) for data in (fact, tier, linked)]


def _transition(
    seen: ObservedTicket, newest: ObservedTicket, state: RecordState, ticket: Ticket, history: PsaHistory
) -> tuple[list[Draft], RecordState]:
    changed = {name: psa.Change(before, after) for name, before, after in _differences(seen, newest, state, history)}
    if not changed:
        return [], state
    seq = state.seq + 1
    psa_fields = {**state.psa_fields, **{name: change.after for name, change in changed.items()}}
    draft = _observation(seen, changed, seq, seen.via, ticket, history)
    return [draft], RecordState(psa_fields, seq, seen.at if state.at is None else max(state.at, seen.at))


def _differences(
    seen: ObservedTicket, newest: ObservedTicket, state: RecordState, history: PsaHistory
) -> Iterator[tuple[str, str | None, str | None]]:
    """Fields that changed, except changes that a call of ours in flight makes.

    A state from before our last write has our values not yet: a field that is now as recorded was changed by nobody.
    """
    before_ours = history.written is not None and seen.at < history.written[0]
    for name, value in seen.fields.items():
        before = state.psa_fields.get(name)
        mine = name in history.pending and same_value(name, history.pending[name], value)
        kept = before_ours and name not in PLACE and name in newest.fields and _same(name, newest, before)
        if not same_value(name, value, before) and not mine and not kept:
            yield name, before, value


def _same(name: str, seen: ObservedTicket, value: str | None) -> bool:
    return same_value(name, seen.fields[name], value)


def _history(
    point: StatusPoint, before: str | None, seq: int, newest: ObservedTicket, ticket: Ticket, history: PsaHistory
) -> Draft:
    data = psa.PsaObserved(
        instance=history.instance,
        record=newest.record,
        source_seq=seq,
        revision=point.revision,
        status_class=point.status_class,
        psa_actor=point.by,
        via="history",
        changed={"status": psa.Change(before, point.status)},
        status_id=point.status,
        mapping_version=newest.mapping_version,
        shown=history.written_back_seq_at(point.at, ticket),
    )
    identity = observation_id(history.instance, newest.record, seq, point.revision)
    return Draft(data=data, time=point.at, mode="outside", actor=Actor.parse(point.by), id=identity)


def _observation(
    seen: ObservedTicket, changed: dict[str, psa.Change], seq: int, via: psa.Via, ticket: Ticket, history: PsaHistory
) -> Draft:
    data = psa.PsaObserved(
        instance=history.instance,
        record=seen.record,
        source_seq=seq,
        revision=seen.revision,
        status_class=seen.status_class if "status" in changed else "none",
        psa_actor=seen.by,
        via=via,
        changed=changed,
        texts={"summary": seen.summary} if "summary" in changed and ticket.intake.psa_fields else {},
        status_id=seen.fields["status"] if "status" in changed else None,
        mapping_version=seen.mapping_version,
        shown=history.written_back_seq_at(seen.at, ticket),
        service_level=seen.level,
    )
    draft = external_draft(data, seen)
    identity = observation_id(history.instance, seen.record, seq, seen.revision)
    return Draft(data=draft.data, time=draft.time, mode=draft.mode, actor=draft.actor, id=identity)


def _out_of_scope(seen: ObservedTicket, ticket: Ticket) -> Draft:
    by_status = seen.status_class == OUT_OF_SCOPE
    proof = (f"status {seen.fields['status']}" if by_status else f"board {seen.fields['board']}",)
    return external_draft(PsaGone(reason="out-of-scope", proof=proof, episode=ticket.intake.episodes + 1), seen)


def _back(seen: ObservedTicket, ticket: Ticket) -> list[Draft]:
    if ticket.intake.gone is None:
        return []
    return [external_draft(PsaBack(proof=(seen.revision,), episode=ticket.intake.episodes), seen)]


def gone(proof: tuple[str, ...], ticket: Ticket) -> list[Draft]:
    """Record once per episode that the record was deleted."""
    if not ticket.intake.exists or ticket.intake.gone is not None or ticket.intake.merged_into:
        return []
    return [Draft(data=PsaGone(reason="deleted", proof=proof, episode=ticket.intake.episodes + 1), mode="outside")]


def mapped(
    ticket: Ticket, status_class: Callable[[str | None, str | None], psa.StatusClass], version: str
) -> list[Draft]:
    """Give kept observations without a class the one that the current map has for them."""
    board = ticket.intake.psa_fields.get("board")
    drafts: list[Draft] = []
    for seq, kept in sorted(ticket.intake.unmapped.items()):
        found = status_class(board, kept.status_id)
        if found != "unmapped":
            data = psa.PsaStatusMapped(source_seq=seq, status_class=found, mapping_version=version)
            drafts.append(Draft(data=data, time=kept.time))
    return drafts
