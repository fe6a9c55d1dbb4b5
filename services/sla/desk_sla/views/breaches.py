"""The view `breaches`: one row per recorded breach. A retracted breach stays, marked as retracted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from desk.contract.ticket.sla import facts as f
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk_sla.views.listing import Listing, write

RECORDED = (
    "INSERT INTO breaches (verdict, ticket_id, clock, cycle, breached_at, due, elapsed, live)"
    " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::int[], %b::timestamptz[], %b::timestamptz[],"
    " %b::int[], %b::bool[]) ON CONFLICT (verdict) DO NOTHING"
)
RETRACTED = (
    "UPDATE breaches b SET retracted = u.at FROM unnest(%b::uuid[], %b::timestamptz[]) AS u(verdict, at)"
    " WHERE b.verdict = u.verdict"
)
EXPLAINED = (
    "UPDATE breaches b SET code = u.code, owner = u.owner, explained_at = u.at FROM unnest(%b::uuid[], %b::text[],"
    " %b::text[], %b::timestamptz[]) AS u(verdict, code, owner, at) WHERE b.verdict = u.verdict"
)
QUEUE = (
    "SELECT b.verdict, b.ticket_id, t.source_record, t.client, t.priority, t.queue, t.technician, b.clock, b.cycle,"
    " b.breached_at, b.due, b.elapsed, b.code, coalesce(b.owner, t.technician, t.queue), b.explained_at"
    " FROM breaches b JOIN tickets t USING (ticket_id) WHERE b.retracted IS NULL"
)
LISTING = Listing(
    QUEUE,
    " ORDER BY b.breached_at, b.verdict",
    " AND (b.breached_at, b.verdict) > (%(at)s::timestamptz, %(verdict)s::uuid)",
    ("at", "verdict"),
    {
        "client": " AND t.client = %(client)s",
        "clock": " AND b.clock = %(clock)s",
        "history": " AND b.live <> %(history)s",
        "explained": " AND (b.code IS NOT NULL) = %(explained)s",
    },
)


class Breach(NamedTuple):
    """A breach that was not retracted. `owner`: the person named to explain it, else the technician, else the queue."""

    verdict: UUID
    ticket_id: str
    source_record: str | None
    client: str
    priority: str | None
    queue: str | None
    technician: str | None
    clock: str
    cycle: int
    breached_at: datetime
    due: datetime
    elapsed: int
    code: str | None
    owner: str | None
    explained_at: datetime | None


class BreachesView:
    """Implements desk.eventstore.table_writer.View."""

    name = "breaches"
    version = 1
    instants = ("breached_at", "due", "retracted", "explained_at")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        recorded, retracted, explained = list[Any](), list[Any](), list[Any]()
        for change in changes:
            event, data = change.event, change.event.data
            if isinstance(data, f.ClockBreached):
                where = (change.aggregate, data.clock, event.cycle)
                live = not change.state.intake.imported
                recorded.append((event.id, *where, data.at, data.due, data.elapsed, live))
            elif isinstance(data, f.BreachRetracted):
                retracted.append((data.verdict, event.recordedtime))
            elif isinstance(data, f.BreachExplained):
                explained.append((data.verdict, data.code, data.owner, event.recordedtime))
        for statement, rows in ((RECORDED, recorded), (RETRACTED, retracted), (EXPLAINED, _last(explained))):
            write(cursor, statement, rows)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE breaches")


def _last(rows: list[Any]) -> list[Any]:
    return list({row[0]: row for row in rows}.values())


def queue(
    cursor: DbCursor, filters: Mapping[str, Any], scope: Sequence[str] | None, limit: int, after: Sequence[Any] | None
) -> list[Breach]:
    """At most `limit` breaches, the oldest first; `filters` by LISTING."""
    return [Breach(*row) for row in LISTING.rows(cursor, filters, scope, limit, after)]
