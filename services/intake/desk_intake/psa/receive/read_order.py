"""In which order records were read, among all processes of the service.

Stamps are whole seconds, so that they do not tell which of two states of a record is the later one. A read that began
before the newest one that is recorded, or before a write of ours, is made again.
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
    """The instant before a record is read, by the database's clock."""
    row = cursor.execute(NOW).fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def newest_read_start(cursor: DbCursor, instance: str, record: str) -> datetime | None:
    """When the newest read that is recorded began."""
    row = cursor.execute(BEGUN, (instance, record)).fetchone()
    return row[0] if row else None


def mark_record_written(cursor: DbCursor, instance: str, record: str) -> None:
    """The record was written just now: what was read before is old."""
    cursor.execute(SAVE, (instance, record, read_start(cursor)))


def _read(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.executemany(SAVE, rows)


READS = TableWriter("psa reads", 16, _read)
"""(instance, record, begun): the read whose state is recorded."""
