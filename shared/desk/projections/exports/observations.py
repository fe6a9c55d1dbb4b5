"""Exports one row per observation, with the ticket's state after it, in whatever order the facts arrived.

A fact belongs to the observation that is its root cause; a fact that no observation caused counts from its
recordedtime.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from desk.contract.event import Event, of_type
from desk.contract.ticket.intake.psa import PsaObserved
from desk.contract.ticket.ticket import Ticket, status


class ObservationRow(NamedTuple):
    """One observation with the ticket's state after it. `recorded` orders the export and is not part of it."""

    recorded: datetime
    source_record: str
    source_seq: int
    occurred_at: datetime
    status_class: str
    source_state: str | None
    status_after: str
    cycle_after: int
    reopen_count_after: int
    priority_after: str | None
    reassignment_count_after: int


def rows(events: Sequence[Event]) -> Iterator[ObservationRow]:
    """The rows of one ticket, in source order, from all its facts in the order in which they were recorded here."""
    observations = sorted(_observed(events), key=lambda e: e.data.source_seq)
    if not observations:
        return
    place = {e.id: at for at, e in enumerate(observations)}
    groups: list[list[Event]] = [[] for _ in observations]
    for event, at in zip(events, _places(events, observations, place), strict=True):
        if at < len(groups):
            groups[at].append(event)
    ticket, state = Ticket(), None
    for observation, group in zip(observations, groups, strict=True):
        for event in group:
            ticket = ticket.evolve(event)
        state = observation.data.status_id if observation.data.status_id is not None else state
        yield _row(observation, ticket, state)


def _observed(events: Sequence[Event]) -> Iterator[Event[PsaObserved]]:
    for event in events:
        if of_type(event, PsaObserved):
            yield event


def _places(events: Sequence[Event], observations: Sequence[Event], place: Mapping[UUID, int]) -> Iterable[int]:
    """For each fact the index of the observation that caused it; `len(observations)` if recorded after all."""
    roots = {e.correlationid: place[e.id] for e in reversed(observations)}
    causes: dict[UUID, int] = {}
    for event in events:
        at = place.get(event.id)
        if at is None and event.causationid is not None:
            at = causes.get(event.causationid)
        if at is None:
            at = roots.get(event.correlationid)
        if at is None:
            later = (n for n, o in enumerate(observations) if o.recordedtime >= event.recordedtime)
            at = next(later, len(observations))
        causes[event.id] = at
        yield at


def _row(observation: Event[PsaObserved], ticket: Ticket, state: str | None) -> ObservationRow:
    data = observation.data
    return ObservationRow(
        observation.recordedtime,
        data.record,
        data.source_seq,
        observation.time,
        data.status_class,
        state,
        status(ticket).value,
        ticket.cycle,
        ticket.triage.reopen_count,
        ticket.triage.priority,
        ticket.triage.reassignments,
    )
