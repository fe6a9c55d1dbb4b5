"""Records that are looked at again: unreadable ones, ones that may be gone, and ones that are believed to be gone.

They are remembered one by one, so that a feed goes on behind them, and a deletion that was believed by mistake is
found out when the record is there again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

from desk.eventstore.table_writer import DbCursor

Reason = Literal["failed", "missing", "gone"]
NOTE = "note"
"""Notes are listed by ticket only: one is named `<ticket>/<note>`, and looked at again with all of its ticket."""
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
FAILED = (
    "INSERT INTO psa_revisits (instance, kind, record, reason, detail, next, tries)"
    " VALUES (%(instance)s, %(kind)s, %(record)s, 'failed', %(detail)s, now() + %(first)s, 1)"
    " ON CONFLICT (instance, kind, record) DO UPDATE SET reason = 'failed', detail = excluded.detail,"
    " tries = psa_revisits.tries + 1,"
    " next = now() + least(%(longest)s, %(first)s * power(2, least(psa_revisits.tries, 12)))"
    " RETURNING tries"
)
MISSING = (
    "INSERT INTO psa_revisits (instance, kind, record, reason) VALUES (%s, %s, %s, 'missing')"
    " ON CONFLICT (instance, kind, record) DO UPDATE SET"
    " since = CASE WHEN psa_revisits.reason = 'failed' THEN now() ELSE psa_revisits.since END,"
    " reason = CASE WHEN psa_revisits.reason = 'gone' THEN 'gone' ELSE 'missing' END"
    " RETURNING extract(epoch FROM now() - since)::float"
)
GONE = "UPDATE psa_revisits SET reason = 'gone', next = now() WHERE instance = %s AND kind = %s AND record = %s"
CLEAR = "DELETE FROM psa_revisits WHERE instance = %s AND kind = %s AND record = %s AND reason = ANY(%s)"
READABLE = (
    "DELETE FROM psa_revisits WHERE instance = %s AND kind = %s AND starts_with(record, %s) AND NOT record = ANY(%s)"
)
DUE = (
    "SELECT kind, record, reason FROM psa_revisits WHERE instance = %s AND reason = ANY(%s) AND (%s OR next <= now())"
    " ORDER BY next, kind, record LIMIT %s"
)
NAMED = (
    "SELECT kind, record, detail, since FROM psa_revisits WHERE instance = %s AND reason = 'failed'"
    " ORDER BY since, kind, record LIMIT %s"
)
COUNT = "SELECT count(*) FROM psa_revisits WHERE instance = %s AND reason = 'failed'"


class Revisit(NamedTuple):
    """One record that is looked at again."""

    kind: str
    record: str
    reason: Reason


def mark_failed(cursor: DbCursor, instance: str, kind: str, record: str, detail: str) -> int:
    """The record could not be read or recorded: it is tried again with growing pauses. Answers how often by now."""
    values = {"instance": instance, "kind": kind, "record": record, "detail": detail}
    row = cursor.execute(FAILED, {**values, "first": FIRST, "longest": LONGEST}).fetchone()
    return int(row[0]) if row else 1


def mark_notes_failed(cursor: DbCursor, instance: str, failing: Mapping[str, str], ticket: str) -> int:
    """Of the ticket's notes only these (name -> why) could not be read. Answers how many of them are news."""
    cursor.execute(READABLE, (instance, NOTE, f"{ticket}/", list(failing)))
    return sum(mark_failed(cursor, instance, NOTE, name, detail) == 1 for name, detail in failing.items())


def mark_missing(cursor: DbCursor, instance: str, kind: str, record: str) -> timedelta:
    """The record was not there; for how long it has not been."""
    row = cursor.execute(MISSING, (instance, kind, record)).fetchone()
    return timedelta(seconds=row[0] if row else 0.0)


def mark_gone(cursor: DbCursor, instance: str, kind: str, record: str) -> None:
    """The proof is complete: the record is looked for again in slow rounds."""
    cursor.execute(GONE, (instance, kind, record))


def clear_revisit(cursor: DbCursor, instance: str, kind: str, record: str, *reasons: Reason) -> None:
    """The record was read: it is not looked at again for these reasons."""
    cursor.execute(CLEAR, (instance, kind, record, list(reasons)))


def due_revisits(
    cursor: DbCursor, instance: str, *reasons: Reason, most: int = 200, all_of_them: bool = False
) -> list[Revisit]:
    """Records whose time has come, the oldest first."""
    rows = cursor.execute(DUE, (instance, list(reasons), all_of_them, most)).fetchall()
    return [Revisit(*row) for row in rows]


def unreadable_records(cursor: DbCursor, instance: str, most: int = 20) -> tuple[int, list[dict[str, object]]]:
    """How many records cannot be read, and the first of them by name."""
    row = cursor.execute(COUNT, (instance,)).fetchone()
    names = ("kind", "record", "problem", "since")
    found = [dict(zip(names, named, strict=True)) for named in cursor.execute(NAMED, (instance, most))]
    return int(row[0]) if row else 0, found
