"""Rows of records to revisit: unreadable ones, ones that may be gone, and ones that were recorded as gone.

They are listed singly, so that a feed continues behind them, and a deletion recorded by mistake is corrected when the
record is present again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

from desk.eventstore.table_writer import DbCursor
from desk.http.admin.status_responses import UnreadableRecord
from desk_integrations.table_prefix import TablePrefix

TABLES = (
    "CREATE TABLE {prefix}_revisits (instance text, kind text, record text, reason text NOT NULL,"
    " detail text NOT NULL DEFAULT '', since timestamptz NOT NULL DEFAULT now(),"
    " next timestamptz NOT NULL DEFAULT now(), tries int NOT NULL DEFAULT 0, PRIMARY KEY (instance, kind, record))"
    " WITH (fillfactor = 70)",
    "CREATE INDEX {prefix}_revisits_next_idx ON {prefix}_revisits (instance, reason, next)",
)
"""The table, for the owner's migration."""
Reason = Literal["failed", "missing", "gone"]
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
FAILED = (
    "INSERT INTO {prefix}_revisits AS r (instance, kind, record, reason, detail, next, tries)"
    " VALUES (%(instance)s, %(kind)s, %(record)s, 'failed', %(detail)s, now() + %(first)s, 1)"
    " ON CONFLICT (instance, kind, record) DO UPDATE SET reason = 'failed', detail = excluded.detail,"
    " tries = r.tries + 1,"
    " next = now() + least(%(longest)s, %(first)s * power(2, least(r.tries, 12)))"
    " RETURNING tries"
)
MISSING = (
    "INSERT INTO {prefix}_revisits AS r (instance, kind, record, reason) VALUES (%s, %s, %s, 'missing')"
    " ON CONFLICT (instance, kind, record) DO UPDATE SET"
    " since = CASE WHEN r.reason = 'failed' THEN now() ELSE r.since END,"
    " reason = CASE WHEN r.reason = 'gone' THEN 'gone' ELSE 'missing' END"
    " RETURNING extract(epoch FROM now() - since)::float"
)
GONE = "UPDATE {prefix}_revisits SET reason = 'gone', next = now() WHERE instance = %s AND kind = %s AND record = %s"
CLEAR = "DELETE FROM {prefix}_revisits WHERE instance = %s AND kind = %s AND record = %s AND reason = ANY(%s)"
READABLE = (
    "DELETE FROM {prefix}_revisits WHERE instance = %s AND kind = %s AND starts_with(record, %s)"
    " AND NOT record = ANY(%s)"
)
DUE = (
    "SELECT kind, record, reason FROM {prefix}_revisits WHERE instance = %s AND reason = ANY(%s)"
    " AND (%s OR next <= now()) ORDER BY next, kind, record LIMIT %s"
)
NAMED = (
    "SELECT kind, record, detail, since FROM {prefix}_revisits WHERE instance = %s AND reason = 'failed'"
    " ORDER BY since, kind, record LIMIT %s"
)
COUNT = "SELECT count(*) FROM {prefix}_revisits WHERE instance = %s AND reason = 'failed'"


class Revisit(NamedTuple):
    """One record to revisit."""

    kind: str
    record: str
    reason: Reason


class RevisitRows:
    """Statements on the records to revisit of one set of tables."""

    def __init__(self, prefix: TablePrefix) -> None:
        self._failed, self._missing, self._gone = prefix(FAILED), prefix(MISSING), prefix(GONE)
        self._clear, self._readable, self._due = prefix(CLEAR), prefix(READABLE), prefix(DUE)
        self._named, self._count = prefix(NAMED), prefix(COUNT)

    def mark_failed(self, cursor: DbCursor, instance: str, kind: str, record: str, detail: str) -> int:
        """List a record that could not be read or recorded, for tries with growing pauses; returns the tries so far."""
        values = {"instance": instance, "kind": kind, "record": record, "detail": detail}
        row = cursor.execute(self._failed, {**values, "first": FIRST, "longest": LONGEST}).fetchone()
        return int(row[0]) if row else 1

    def mark_parts_failed(
        self, cursor: DbCursor, instance: str, kind: str, failing: Mapping[str, str], whole: str
    ) -> int:
        """Set the unreadable parts (`<whole>/<part>` -> reason) of a record; returns the number of new ones."""
        cursor.execute(self._readable, (instance, kind, f"{whole}/", list(failing)))
        return sum(self.mark_failed(cursor, instance, kind, name, detail) == 1 for name, detail in failing.items())

    def mark_missing(self, cursor: DbCursor, instance: str, kind: str, record: str) -> timedelta:
        """List a record that was absent; returns for how long it has been."""
        row = cursor.execute(self._missing, (instance, kind, record)).fetchone()
        return timedelta(seconds=row[0] if row else 0.0)

    def mark_gone(self, cursor: DbCursor, instance: str, kind: str, record: str) -> None:
        """Mark a record as proven gone; sweeps look for it again."""
        cursor.execute(self._gone, (instance, kind, record))

    def clear(self, cursor: DbCursor, instance: str, kind: str, record: str, *reasons: Reason) -> None:
        """Remove a record that was read from the list, for these reasons."""
        cursor.execute(self._clear, (instance, kind, record, list(reasons)))

    def due(
        self, cursor: DbCursor, instance: str, *reasons: Reason, most: int = 200, all_of_them: bool = False
    ) -> list[Revisit]:
        """Records that are due, the oldest first."""
        rows = cursor.execute(self._due, (instance, list(reasons), all_of_them, most)).fetchall()
        return [Revisit(*row) for row in rows]

    def unreadable(self, cursor: DbCursor, instance: str, most: int = 20) -> tuple[int, list[UnreadableRecord]]:
        """The number of unreadable records, and the first `most` of them."""
        row = cursor.execute(self._count, (instance,)).fetchone()
        found = [UnreadableRecord(*named) for named in cursor.execute(self._named, (instance, most))]
        return int(row[0]) if row else 0, found
