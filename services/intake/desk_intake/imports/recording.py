"""Turns the rows of a log into facts: the ticket on its record's first row, then one observation per row. Pure."""

from __future__ import annotations

from desk.contract.event import Actor, Draft
from desk.contract.ticket.intake.facts import Kind, TicketOpened
from desk.contract.ticket.intake.psa import Change, PsaObserved
from desk.contract.ticket.ticket import Ticket
from desk_intake.imports.rows import RowRead, observation_id
from desk_intake.imports.transitions import changed_fields, class_of

ACTOR_KINDS = {"member": "psa-member", "api": "service", "bot": "bot"}
LONGEST_PROBLEM = 100
NOBODY = Actor("psa-member", "unknown")


class Source:
    """Common data of one import: the source's name, the kind and profile of its tickets, the matrix that applies."""

    def __init__(self, name: str, kind: Kind, profile: str, matrix: str) -> None:
        self.name, self.kind, self.profile, self.matrix = name, kind, profile, matrix


def record_row(row: RowRead, source: Source, ticket: Ticket) -> list[Draft]:
    """The facts of one row, given the state of its record's ticket."""
    previous = ticket.intake.psa_fields if ticket.intake.observed else None
    observed = _observation(row, source, ticket, previous)
    return [observed] if ticket.intake.exists else [_opening(row, source), observed]


def _opening(row: RowRead, source: Source) -> Draft:
    data = TicketOpened(
        kind=source.kind,
        profile=source.profile,
        client=row.client,
        channel=row.channel,
        opened_at=row.opened_at,
        problem=row.problem[:LONGEST_PROBLEM],
        description=row.description if row.description or len(row.problem) <= LONGEST_PROBLEM else row.problem,
        instance=source.name,
        record=row.record,
        contact=row.snapshot.get("contact"),
        matrix=source.matrix,
    )
    return Draft(data=data, time=row.opened_at, actor=_actor(row), mode="import", origin="import")


def _observation(row: RowRead, source: Source, ticket: Ticket, previous: dict[str, str | None] | None) -> Draft:
    data = PsaObserved(
        instance=source.name,
        record=row.record,
        source_seq=ticket.intake.observed + 1,
        revision=row.row_hash,
        status_class=class_of(previous, row),
        psa_actor=str(_actor(row)),
        via="history" if _late(row, ticket) else "import",
        changed={field: Change(before, after) for field, (before, after) in changed_fields(previous, row).items()},
        status_id=row.state,
        mapping_version=source.matrix,
    )
    identity = observation_id(source.name, row.record, row.row_hash, row.k)
    return Draft(data=data, time=row.observed_at, actor=_actor(row), mode="import", origin="import", id=identity)


def _late(row: RowRead, ticket: Ticket) -> bool:
    """Whether the row is older than the newest row of earlier files; inside one file its own order is trusted."""
    newest = ticket.intake.observed_at
    if newest is None or row.observed_at >= newest:
        return False
    return row.newest_before is None or row.newest_before < newest


def _actor(row: RowRead) -> Actor:
    return Actor(ACTOR_KINDS[row.actor.kind], row.actor.id) if row.actor else NOBODY
