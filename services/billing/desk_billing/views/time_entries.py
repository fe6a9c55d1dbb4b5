"""The view `time_entries`: working times across tickets, to detect overlaps with a new entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.reads import Lookup
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.service.parts import Parts
from desk_billing.decisions.entries import ELSEWHERE, LogTime
from desk_billing.decisions.overlapping import Stretch

CHANGING = (f.TimeLogged, f.TimeHeld, f.TimeCorrected, f.TimeMoved, f.TimeRemoved)
MOST = 1000
GONE = (
    "DELETE FROM time_entries t USING unnest(%b::text[], %b::text[]) AS gone(ticket_id, entry)"
    " WHERE t.entry = gone.entry AND t.ticket_id = gone.ticket_id"
)
UPSERT = (
    "INSERT INTO time_entries (ticket_id, entry, technician, worked)"
    " SELECT u.ticket_id, u.entry, u.technician, tstzrange(u.starts, u.ends)"
    " FROM unnest(%b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[])"
    " AS u(ticket_id, entry, technician, starts, ends)"
    " ON CONFLICT (entry, ticket_id) DO UPDATE SET technician = excluded.technician, worked = excluded.worked"
)
MEETING = (
    "SELECT entry, technician, lower(worked), upper(worked) FROM time_entries"
    " WHERE worked && tstzrange(%s, %s) ORDER BY lower(worked), entry LIMIT %s"
)


class Row(NamedTuple):
    """One live entry that has a duration."""

    ticket_id: str
    entry: str
    technician: str
    starts: datetime
    ends: datetime


class TimeEntriesView:
    """Implements `View`. Keeps live entries only; removed, moved and empty entries have no row."""

    name = "time_entries"
    version = 1
    instants = ("lower(worked)", "upper(worked)")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        found = {
            (change.aggregate, change.event.data.entry): row(change.aggregate, change.event.data.entry, change.state)
            for change in changes
            if isinstance(change.event.data, CHANGING)
        }
        gone = sorted(key for key, kept in found.items() if kept is None)
        kept = [kept for _, kept in sorted(found.items()) if kept is not None]
        if gone:
            cursor.execute(GONE, [list(column) for column in zip(*gone, strict=True)], prepare=True)
        if kept:
            cursor.execute(UPSERT, [list(column) for column in zip(*kept, strict=True)], prepare=True)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE time_entries")


def row(ticket_id: str, name: str, ticket: Ticket) -> Row | None:
    """The entry's row; None when it is not on the ticket any more or has no duration."""
    entry = ticket.billing.entries.get(name)
    if entry is None or entry.state != "live" or entry.labour.start >= entry.labour.end:
        return None
    return Row(ticket_id, name, entry.labour.technician, entry.labour.start, entry.labour.end)


def meeting(cursor: DbCursor, start: datetime, end: datetime) -> list[Stretch]:
    """Live entries of all people that overlap with [start, end), the earliest first; at most `MOST`."""
    rows = cursor.execute(MEETING, (start, end, MOST)).fetchall()
    return [Stretch(entry, who, at.astimezone(UTC), to.astimezone(UTC)) for entry, who, at, to in rows]


def lookups(parts: Parts) -> Mapping[str, Lookup]:
    """Look-ups of commands: time on other tickets."""

    def overlapping(body: LogTime, _client: str) -> list[Stretch]:
        if body.start >= body.end:
            return []
        return parts.service.log.store.execute(lambda cursor: meeting(cursor, body.start, body.end))

    return dict((ELSEWHERE.answered_by(overlapping),))
