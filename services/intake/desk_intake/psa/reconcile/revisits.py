"""Rows of records to revisit: unreadable ones, ones that may be gone, and ones that were recorded as gone.

They are listed singly, so that a feed continues behind them, and a deletion recorded by mistake is corrected when the
record is present again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

from desk.eventstore.table_writer import DbCursor

Reason = Literal["failed", "missing", "gone"]
NOTE = "note"
"""Notes are listed by ticket only: one is named `<ticket>/<note>`, and read again with all notes of its ticket."""
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
    """One record to revisit."""

    kind: str
    record: str
    reason: Reason


def mark_failed(cursor: DbCursor, instance: str, kind: str, record: str, detail: str) -> int:
    """List a record that could not be read or recorded, for tries with growing pauses; returns the tries so far."""
    values = {"instance": instance, "kind": kind, "record": record, "detail": detail}
    row = cursor.execute(FAILED, {**values, "first": FIRST, "longest": LONGEST}).fetchone()
    return int(row[0]) if row else 1


def mark_notes_failed(cursor: DbCursor, instance: str, failing: Mapping[str, str], ticket: str) -> int:
    """Set the unreadable notes of a ticket (name -> reason); returns the number of new ones."""
    cursor.execute(READABLE, (instance, NOTE, f"{ticket}/", list(failing)))
    return sum(mark_failed(cursor, instance, NOTE, name, detail) == 1 for name, detail in failing.items())


def mark_missing(cursor: DbCursor, instance: str, kind: str, record: str) -> timedelta:
    """List a record that was absent; returns for how long it has been."""
    row = cursor.execute(MISSING, (instance, kind, record)).fetchone()
    return timedelta(seconds=row[0] if row else 0.0)


def mark_gone(cursor: DbCursor, instance: str, kind: str, record: str) -> None:
    """Mark a record as proven gone; sweeps look for it again."""
    cursor.execute(GONE, (instance, kind, record))


def clear_revisit(cursor: DbCursor, instance: str, kind: str, record: str, *reasons: Reason) -> None:
    """Remove a record that was read from the list, for these reasons."""
    cursor.execute(CLEAR, (instance, kind, record, list(reasons)))


def due_revisits(
    cursor: DbCursor, instance: str, *reasons: Reason, most: int = 200, all_of_them: bool = False
) -> list[Revisit]:
    """Records that are due, the oldest first."""
    rows = cursor.execute(DUE, (instance, list(reasons), all_of_them, most)).fetchall()
    return [Revisit(*row) for row in rows]


def unreadable_records(cursor: DbCursor, instance: str, most: int = 20) -> tuple[int, list[dict[str, object]]]:
    """The number of unreadable records, and the first `most` of them."""
    row = cursor.execute(COUNT, (instance,)).fetchone()
    names = ("kind", "record", "problem", "since")
    found = [dict(zip(names, named, strict=True)) for named in cursor.execute(NAMED, (instance, most))]
    return int(row[0]) if row else 0, found
