"""Orders reads of records among all processes of the service.

Stamps are whole seconds and cannot order two states of a record. A read that began before the newest recorded one, or
before a write of ours, is repeated.
"""

from __future__ import annotations

from datetime import datetime

from desk.eventstore.table_writer import DbCursor, Row, TableWriter

NOW = "SELECT clock_timestamp()"
BEGUN = "SELECT begun FROM psa_reads WHERE instance = %s AND record = %s"
SAVE = (
    "INSERT INTO psa_reads (instance, record, begun) VALUES (%s, %s, %s) ON CONFLICT (instance, record)"
    " DO UPDATE SET begun = excluded.begun WHERE psa_reads.begun < excluded.begun"
)


def read_start(cursor: DbCursor) -> datetime:
    """The start of a read, by the database's clock."""
    row = cursor.execute(NOW).fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def newest_read_start(cursor: DbCursor, instance: str, record: str) -> datetime | None:
    """The start of the newest recorded read, or None."""
    row = cursor.execute(BEGUN, (instance, record)).fetchone()
    return row[0] if row else None


def mark_record_written(cursor: DbCursor, instance: str, record: str) -> None:
    """Mark the record as written now, so that earlier reads are outdated."""
    cursor.execute(SAVE, (instance, record, read_start(cursor)))


def _read(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.executemany(SAVE, rows)


READS = TableWriter("psa reads", 16, _read)
"""Rows (instance, record, begun): the read whose state is recorded."""
