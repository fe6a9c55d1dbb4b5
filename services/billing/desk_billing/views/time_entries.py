"""The read model `time_entries`: working times across tickets, to detect overlaps with a new entry.

Table, projection, query, and the look-up of commands; it has no route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE

from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.reads import Lookup
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.projections.statements import TIME, BulkWrite, compiled, delete_rows, given, upsert
from desk.service.parts import Parts
from desk_billing.decisions.entries import ELSEWHERE, LogTime
from desk_billing.decisions.overlapping import Stretch

CHANGING = (f.TimeLogged, f.TimeHeld, f.TimeCorrected, f.TimeMoved, f.TimeRemoved)
MOST = 1000
TIME_ENTRIES = sa.Table(
    "time_entries",
    sa.MetaData(),
    sa.Column("ticket_id", sa.Text, primary_key=True),
    sa.Column("entry", sa.Text, primary_key=True),
    sa.Column("technician", sa.Text, nullable=False),
    sa.Column("worked", TSTZRANGE, nullable=False),
    sa.PrimaryKeyConstraint("entry", "ticket_id"),
    postgresql_with={"fillfactor": 70},
)
c = TIME_ENTRIES.columns
sa.Index("time_entries_worked_idx", c.worked, postgresql_using="gist")


def _upsert() -> BulkWrite:
    rows = given(c.ticket_id, c.entry, c.technician, sa.column("starts", TIME), sa.column("ends", TIME))
    worked = sa.func.tstzrange(rows.c.starts, rows.c.ends)
    return upsert(TIME_ENTRIES, rows, [rows.c.ticket_id, rows.c.entry, rows.c.technician, worked])


DELETE, UPSERT = delete_rows(TIME_ENTRIES, (c.ticket_id, c.entry)), _upsert()


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
    table = TIME_ENTRIES
    instants = ("lower(worked)", "upper(worked)")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        found = {
            (change.aggregate, change.event.data.entry): row(change.aggregate, change.event.data.entry, change.state)
            for change in changes
            if isinstance(change.event.data, CHANGING)
        }
        DELETE(cursor, sorted(key for key, kept in found.items() if kept is None))
        UPSERT(cursor, [kept for _, kept in sorted(found.items()) if kept is not None])

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE time_entries")


def row(ticket_id: str, name: str, ticket: Ticket) -> Row | None:
    """The entry's row; None when it is not on the ticket any more or has no duration."""
    entry = ticket.billing.entries.get(name)
    if entry is None or entry.state != "live" or entry.labour.start >= entry.labour.end:
        return None
    return Row(ticket_id, name, entry.labour.technician, entry.labour.start, entry.labour.end)


STARTS, ENDS = sa.func.lower(c.worked), sa.func.upper(c.worked)
OVERLAPPING = compiled(
    sa.select(c.entry, c.technician, STARTS, ENDS)
    .where(c.worked.op("&&")(sa.func.tstzrange(sa.bindparam("start", type_=TIME), sa.bindparam("end", type_=TIME))))
    .order_by(STARTS, c.entry)
    .limit(sa.bindparam("most"))
).encode()


def overlapping(cursor: DbCursor, start: datetime, end: datetime) -> list[Stretch]:
    """Live entries of all people that overlap with [start, end), the earliest first; at most `MOST`."""
    rows = cursor.execute(OVERLAPPING, {"start": start, "end": end, "most": MOST}).fetchall()
    return [Stretch(entry, who, at.astimezone(UTC), to.astimezone(UTC)) for entry, who, at, to in rows]


def lookups(parts: Parts) -> Mapping[str, Lookup]:
    """Look-ups of commands: time on other tickets."""

    def elsewhere(body: LogTime, _client: str) -> list[Stretch]:
        if body.start >= body.end:
            return []
        return parts.service.log.store.execute(lambda cursor: overlapping(cursor, body.start, body.end))

    return dict((ELSEWHERE.answered_by(elsewhere),))
