"""What the PSA shows becomes facts: one observation per transition, in the order in which they happened. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake import psa
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_intake.decisions.opening import tier_of
from desk_intake.psa.ids import observation_id
from desk_intake.psa.observe.adopt_psa_change import LONGEST_PROBLEM, adopted_changes, external_draft, same
from desk_intake.psa.observe.late_states import Point, unseen
from desk_intake.psa.observe.merges import into
from desk_intake.psa.port import Seen


class PsaHistory(NamedTuple):
    """What an observation is judged by beside the ticket.

    `pending`: what a call of ours that is under way writes. `client`: the record's client as of its facts.
    `timeline` gives the states of the record that were seen before, oldest first, `newest` is the time of the last.
    `written`: since when the record shows our last write, and triage's ownerseq that it showed before that.
    `root`: the ticket in which a merge of this one ends.
    """

    instance: str
    pending: Mapping[str, str | None]
    client: Client
    timeline: Callable[[], Sequence[Point]]
    newest: datetime | None = None
    written: tuple[datetime, int] | None = None
    root: str | None = None

    def written_back_seq_at(self, at: datetime, ticket: Ticket) -> int:
        """Triage's ownerseq that the PSA showed to whoever changed the record at that instant."""
        if self.written is not None and at < self.written[0]:
            return min(self.written[1], ticket.intake.written_back_seq)
        return ticket.intake.written_back_seq


class State(NamedTuple):
    """The record as of the observations decided so far."""

    psa_fields: dict[str, str | None]
    seq: int
    at: datetime | None


def observe(seens: Sequence[Seen], ticket: Ticket, known: PsaHistory, context: DecisionContext) -> list[Draft]:
    """The facts that these states of one record make, oldest first; [] when they show nothing new.

    The last one is what the record shows now. Stamps are whole seconds: another state in the second of the newest one
    known would be in no known order to it, and is left out.
    """
    newest = seens[-1]
    born = not ticket.intake.exists
    if not newest.in_scope:
        return [] if born or ticket.intake.gone else [_out_of_scope(newest, ticket)]
    drafts = _back(newest, ticket)
    if born:
        drafts += opening(newest, known)
    state = State(
        dict(ticket.intake.psa_fields), ticket.intake.observed, _latest(ticket.intake.observed_at, known.newest)
    )
    late = [seen for seen in seens if state.at is not None and seen.at < state.at]
    for point, before in unseen(late, known.timeline()) if late else ():
        state = state._replace(seq=state.seq + 1)
        drafts.append(_history(point, before, state.seq, newest, ticket, known))
    merged = known.root in (None, ticket.intake.merged_into)
    for seen in seens:
        if not merged and seen.merged_into and known.root:
            # before what the merge did to the status: a ticket that lives elsewhere is not ended, asked about or closed
            drafts, merged = [*drafts, into(known.root, seen)], True
        if state.at is None or seen.at > state.at or (seen is newest and seen.at == state.at):
            found, state = _transition(seen, state, ticket, known)
            drafts += found
    current = state.at is None or newest.at >= state.at
    return [*drafts, *(adopted_changes(newest, state.psa_fields, ticket, known.client, context) if current else [])]


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def opening(seen: Seen, known: PsaHistory) -> list[Draft]:
    """A ticket is born as a record of the PSA: birth, the contract of that time, the link."""
    fields = seen.fields
    opened = f.TicketOpened(
        kind=seen.kind,
        profile=seen.kind,
        client=fields["client"] or "",
        channel="psa",
        opened_at=seen.opened_at,
        problem=seen.summary[:LONGEST_PROBLEM],
        instance=known.instance,
        record=seen.record,
        contact=fields["contact"],
        zone=known.client.zone,
    )
    tier = tier_of(fields["client"] or "", known.client, seen.opened_at)
    linked = psa.PsaLinked(instance=known.instance, record=seen.record, url=seen.url)
    return [external_draft(data, seen, seen.opened_at) for data in (opened, tier, linked)]


def _transition(seen: Seen, state: State, ticket: Ticket, known: PsaHistory) -> tuple[list[Draft], State]:
    changed = {name: psa.Change(before, after) for name, before, after in _differences(seen, state, known)}
    if not changed:
        return [], state
    seq = state.seq + 1
    shows = {**state.psa_fields, **{name: change.after for name, change in changed.items()}}
    draft = _observation(seen, changed, seq, seen.via, ticket, known)
    return [draft], State(shows, seq, seen.at if state.at is None else max(state.at, seen.at))


def _differences(seen: Seen, state: State, known: PsaHistory) -> Iterator[tuple[str, str | None, str | None]]:
    """Fields that show something else than before. What a call of ours under way writes is no news."""
    for name, value in seen.fields.items():
        before = state.psa_fields.get(name)
        mine = name in known.pending and same(name, known.pending[name], value)
        if not same(name, value, before) and not mine:
            yield name, before, value


def _history(point: Point, before: str | None, seq: int, newest: Seen, ticket: Ticket, known: PsaHistory) -> Draft:
    data = psa.PsaObserved(
        instance=known.instance,
        record=newest.record,
        source_seq=seq,
        revision=point.revision,
        status_class=point.status_class,
        psa_actor=point.by,
        via="history",
        changed={"status": psa.Change(before, point.status)},
        status_id=point.status,
        mapping_version=newest.mapping_version,
        shown=known.written_back_seq_at(point.at, ticket),
    )
    identity = observation_id(known.instance, newest.record, seq, point.revision)
    return Draft(data=data, time=point.at, mode="outside", actor=Actor.parse(point.by), id=identity)


def _observation(
    seen: Seen, changed: dict[str, psa.Change], seq: int, via: psa.Via, ticket: Ticket, known: PsaHistory
) -> Draft:
    data = psa.PsaObserved(
        instance=known.instance,
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
        shown=known.written_back_seq_at(seen.at, ticket),
        service_level=seen.level,
    )
    draft = external_draft(data, seen)
    identity = observation_id(known.instance, seen.record, seq, seen.revision)
    return Draft(data=draft.data, time=draft.time, mode=draft.mode, actor=draft.actor, id=identity)


def _out_of_scope(seen: Seen, ticket: Ticket) -> Draft:
    proof = (f"board {seen.fields['board']}",)
    return external_draft(psa.PsaGone(reason="out-of-scope", proof=proof, episode=ticket.intake.episodes + 1), seen)


def _back(seen: Seen, ticket: Ticket) -> list[Draft]:
    if ticket.intake.gone is None:
        return []
    return [external_draft(psa.PsaBack(proof=(seen.revision,), episode=ticket.intake.episodes), seen)]


def gone(proof: tuple[str, ...], ticket: Ticket) -> list[Draft]:
    """The record was deleted; said once per episode."""
    if not ticket.intake.exists or ticket.intake.gone is not None or ticket.intake.merged_into:
        return []
    return [Draft(data=psa.PsaGone(reason="deleted", proof=proof, episode=ticket.intake.episodes + 1), mode="outside")]


def mapped(
    ticket: Ticket, status_class: Callable[[str | None, str | None], psa.StatusClass], version: str
) -> list[Draft]:
    """Kept observations without a class that have one in the map of now."""
    board = ticket.intake.psa_fields.get("board")
    drafts: list[Draft] = []
    for seq, kept in sorted(ticket.intake.unmapped.items()):
        found = status_class(board, kept.status_id)
        if found != "unmapped":
            data = psa.PsaStatusMapped(source_seq=seq, status_class=found, mapping_version=version)
            drafts.append(Draft(data=data, time=kept.time))
    return drafts
