"""The tickets view: one row per ticket, for lists, filters and exports. Written in the transaction of the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from desk.contract.ticket.ticket import Status, Ticket, flags, status
from desk.eventstore.table_writer import AppliedEvent, DbCursor


class TicketRow(NamedTuple):
    """One ticket as of this replica. Times in UTC; resolved_at and closed_at are those of the current cycle.

    `technician` is the assignee when the current cycle was resolved, else the present assignee.
    """

    ticket_id: str
    source: str | None
    source_record: str | None
    kind: str
    origin: str
    status: str
    client: str
    contact: str | None
    opened_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    cycle: int
    reopen_count: int
    reassignment_count: int
    impact: str | None
    urgency: str | None
    priority: str | None
    queue: str | None
    technician: str | None
    flags: list[str]
    updated_at: datetime


COLUMNS = TicketRow._fields
TYPES = {
    "opened_at": "timestamptz",
    "resolved_at": "timestamptz",
    "closed_at": "timestamptz",
    "updated_at": "timestamptz",
    "cycle": "int",
    "reopen_count": "int",
    "reassignment_count": "int",
}
_PICKED = ("string_to_array(u.flags, %b)" if c == "flags" else f"u.{c}" for c in COLUMNS)
_ARRAYS = (f"%b::{TYPES.get(c, 'text')}[]" for c in COLUMNS)
UPSERT = (
    f"INSERT INTO tickets ({', '.join(COLUMNS)}) SELECT {', '.join(_PICKED)}"  # noqa: S608 (names of our own columns)
    f" FROM unnest({', '.join(_ARRAYS)}) AS u({', '.join(COLUMNS)}) ON CONFLICT (ticket_id) DO UPDATE SET "
    + ", ".join(f"{c} = excluded.{c}" for c in COLUMNS[1:])
)


def row(ticket_id: str, t: Ticket, updated_at: datetime) -> TicketRow:
    """The ticket's row: a pure function of its slices."""
    end, now = t.triage.end, status(t)
    closing = t.docs.closings.get(t.cycle) if now is Status.CLOSED else None
    return TicketRow(
        ticket_id,
        t.intake.instance,
        t.intake.record,
        t.intake.kind,
        t.intake.origin,
        now.value,
        t.intake.client,
        t.intake.contact,
        t.intake.opened_at,
        end.time if end is not None and end.kind == "resolved" else None,
        closing.time if closing is not None else None,
        t.cycle,
        t.triage.reopen_count,
        t.triage.reassignments,
        t.triage.impact,
        t.triage.urgency,
        t.triage.priority,
        t.triage.queue,
        end.technician if end is not None and end.kind == "resolved" else t.triage.technician,
        list(flags(t)),
        updated_at,
    )


class TicketsView:
    """Implements desk.eventstore.table_writer.View: upserts the row of every ticket that a group of facts changed."""

    name = "tickets"
    version = 2
    instants = ("opened_at", "resolved_at", "closed_at", "updated_at")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        last: dict[str, AppliedEvent] = {c.aggregate: c for c in changes if isinstance(c.state, Ticket)}
        rows = [
            row(aggregate, change.state, change.event.recordedtime)
            for aggregate, change in sorted(last.items())
            if change.state.intake.exists
        ]
        if rows:
            cursor.execute(UPSERT, [",", *_columns(rows)], prepare=True)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE tickets")


def _columns(rows: Sequence[TicketRow]) -> list[list[Any]]:
    values = [list(column) for column in zip(*rows, strict=True)]
    at = COLUMNS.index("flags")
    values[at] = [",".join(names) for names in values[at]]
    return values
