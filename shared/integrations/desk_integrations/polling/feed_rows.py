"""Rows of feeds: the last complete pass of each, and since when and why it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from desk.eventstore.table_writer import DbCursor
from desk.http.admin.status_responses import Feed
from desk_integrations.table_prefix import TablePrefix

TABLES = (
    "CREATE TABLE {prefix}_feeds (instance text, feed text, began timestamptz NOT NULL DEFAULT now(),"
    " turned timestamptz, failing timestamptz, tries int NOT NULL DEFAULT 0, problem text NOT NULL DEFAULT '',"
    " operation text NOT NULL DEFAULT '', status int, field text NOT NULL DEFAULT '', PRIMARY KEY (instance, feed))"
    " WITH (fillfactor = 50)",
)
"""The table, for the owner's migration."""
SEEN = "INSERT INTO {prefix}_feeds (instance, feed) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING"
FAILED = (
    "INSERT INTO {prefix}_feeds AS f (instance, feed, failing, tries, problem, operation, status, field)"
    " VALUES (%s, %s, now(), 1, %s, %s, %s, %s) ON CONFLICT (instance, feed) DO UPDATE SET"
    " failing = coalesce(f.failing, excluded.failing), tries = f.tries + 1, problem = excluded.problem,"
    " operation = excluded.operation, status = excluded.status, field = excluded.field RETURNING failing, tries"
)
FAILING = "SELECT failing FROM {prefix}_feeds WHERE instance = %s AND feed = %s FOR UPDATE"
TURNED = (
    "INSERT INTO {prefix}_feeds (instance, feed, turned) VALUES (%s, %s, now())"
    " ON CONFLICT (instance, feed) DO UPDATE SET turned = now(), failing = NULL, tries = 0, problem = '',"
    " operation = '', status = NULL, field = ''"
)
LISTED = (
    "SELECT feed, turned, extract(epoch FROM now() - coalesce(turned, began))::float, failing, tries, problem,"
    " operation, status, field FROM {prefix}_feeds WHERE instance = %s AND (feed = ANY(%s) OR failing IS NOT NULL)"
    " ORDER BY failing NULLS LAST, feed"
)


COLUMNS = ("feed", "turned", "age", "failing", "tries", "problem", "operation", "status", "field")


class FeedProblem(NamedTuple):
    """The cause of a feed's failure: codes, ids and field names; no text from a record."""

    cause: str
    text: str
    operation: str = ""
    status: int | None = None
    field: str = ""


class FeedRows:
    """Statements on the feeds of one set of tables."""

    def __init__(self, prefix: TablePrefix) -> None:
        self._seen, self._failed, self._failing = prefix(SEEN), prefix(FAILED), prefix(FAILING)
        self._turned, self._listed = prefix(TURNED), prefix(LISTED)

    def begin(self, cursor: DbCursor, instance: str, feeds: Sequence[str]) -> None:
        """Create the rows of these feeds, from which their age counts until the first complete pass."""
        cursor.execute(self._seen, (instance, list(feeds)))

    def mark_failed(
        self, cursor: DbCursor, instance: str, feed: str, problem: FeedProblem
    ) -> tuple[datetime | None, int]:
        """Store a failure; returns since when the feed has been failing, and the tries since then."""
        values = (instance, feed, problem.text, problem.operation, problem.status, problem.field)
        return cursor.execute(self._failed, values).fetchone() or (None, 0)

    def mark_succeeded(self, cursor: DbCursor, instance: str, feed: str) -> datetime | None:
        """Store a complete pass; returns since when the feed had been failing, or None."""
        row = cursor.execute(self._failing, (instance, feed)).fetchone()
        cursor.execute(self._turned, (instance, feed))
        return row[0] if row else None

    def listed(
        self, cursor: DbCursor, instance: str, feeds: Sequence[str], limit: Callable[[str], float | None]
    ) -> list[Feed]:
        """The state of these feeds and of all that fail; `limit` is the age that a feed may reach, in seconds."""
        rows = cursor.execute(self._listed, (instance, list(feeds)))
        return [Feed(**dict(zip(COLUMNS, row, strict=True)), limit=limit(row[0])) for row in rows]
