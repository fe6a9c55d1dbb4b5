"""The view `clocks`: one row per clock and cycle; dispatch sorts it by due time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from desk.contract.ticket.sla.slice import Clock
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk_sla.views.listing import Listing, write

UPSERT = (
    "INSERT INTO clocks (ticket_id, clock, cycle, state, starts_at, due, seconds, live)"
    " SELECT * FROM unnest(%b::text[], %b::text[], %b::int[], %b::text[], %b::timestamptz[], %b::timestamptz[],"
    " %b::int[], %b::bool[]) ON CONFLICT (ticket_id, clock, cycle) DO UPDATE SET state = excluded.state,"
    " starts_at = excluded.starts_at, due = excluded.due, seconds = excluded.seconds, live = excluded.live"
)
DUE_CLOCKS = (
    "SELECT c.ticket_id, t.source_record, t.client, t.priority, t.queue, t.technician, c.clock, c.cycle, c.state,"
    " c.starts_at, c.due FROM clocks c JOIN tickets t USING (ticket_id)"
    " WHERE c.live AND c.state IN ('running', 'paused')"
)
LISTING = Listing(
    DUE_CLOCKS,
    " ORDER BY coalesce(c.due, 'infinity'), c.ticket_id, c.clock, c.cycle",
    " AND (coalesce(c.due, 'infinity'), c.ticket_id, c.clock, c.cycle)"
    " > (%(due)s::timestamptz, %(ticket)s, %(clock)s, %(cycle)s)",
    ("due", "ticket", "clock", "cycle"),
    {
        "client": " AND t.client = %(client)s",
        "queue": " AND t.queue = %(queue)s",
        "priority": " AND t.priority = %(priority)s",
        "before": " AND c.due <= %(before)s",
    },
)


class DueClock(NamedTuple):
    """A clock that runs or is paused. `due` None: paused."""

    ticket_id: str
    source_record: str | None
    client: str
    priority: str | None
    queue: str | None
    technician: str | None
    clock: str
    cycle: int
    state: str
    starts_at: datetime
    due: datetime | None


def state(clock: Clock) -> str:
    """The state of the row: met, breached, cancelled, paused or running."""
    if clock.verdict is not None:
        return clock.verdict.kind
    if clock.cancelled is not None:
        return "cancelled"
    return "paused" if clock.paused else "running"


class ClocksView:
    """Implements `View`: the clocks of every ticket on which a group recorded an own fact."""

    name = "clocks"
    version = 1
    instants = ("starts_at", "due")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        last = {change.aggregate: change.state for change in changes if change.own and isinstance(change.state, Ticket)}
        rows = [
            (ticket_id, c.clock, c.cycle, state(c), c.starts_at, c.due, c.seconds, not ticket.intake.imported)
            for ticket_id, ticket in sorted(last.items())
            for c in ticket.sla.clocks.values()
        ]
        write(cursor, UPSERT, rows)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE clocks")


def due_clocks(
    cursor: DbCursor, filters: Mapping[str, Any], scope: Sequence[str] | None, limit: int, after: Sequence[Any] | None
) -> list[DueClock]:
    """At most `limit` clocks, the next due time first, paused ones last; `filters` by LISTING."""
    return [DueClock(*row) for row in LISTING.rows(cursor, filters, scope, limit, after)]
