"""Orders reads of records among all processes of the service.

Stamps are whole seconds and cannot order two states of a record. A read that began before the newest recorded one, or
before a write of ours, is repeated.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from desk.eventstore.table_writer import DbCursor, Row, TableWriter
from desk.projections.statements import TIME, compiled

RECORD_READS = sa.Table(
    "psa_reads",
    sa.MetaData(),
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("record", sa.Text, primary_key=True),
    sa.Column("begun", TIME, nullable=False),
    sa.Column("noted", TIME),
    sa.Column("note_tried", TIME),
    postgresql_with={"fillfactor": 70},
)
"""When each record was read: its state (`begun`), its notes (`noted`), and the last try to read these."""
c = RECORD_READS.columns
OF_RECORD = sa.and_(c.instance == sa.bindparam("instance"), c.record == sa.bindparam("record"))
NOW = compiled(sa.select(sa.func.clock_timestamp())).encode()
BEGUN = compiled(sa.select(c.begun).where(OF_RECORD)).encode()
KEPT = (c.instance, c.record, c.begun)


def _save() -> bytes:
    insert = postgresql.insert(RECORD_READS).values({one.name: sa.bindparam(one.name) for one in KEPT})
    later = insert.on_conflict_do_update(
        index_elements=[c.instance, c.record],
        set_={"begun": insert.excluded.begun},
        where=c.begun < insert.excluded.begun,
    )
    return compiled(later).encode()


SAVE = _save()


def read_start(cursor: DbCursor) -> datetime:
    """The start of a read, by the database's clock."""
    row = cursor.execute(NOW).fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def newest_read_start(cursor: DbCursor, instance: str, record: str) -> datetime | None:
    """The start of the newest recorded read, or None."""
    row = cursor.execute(BEGUN, {"instance": instance, "record": record}).fetchone()
    return row[0] if row else None


def mark_record_written(cursor: DbCursor, instance: str, record: str) -> None:
    """Mark the record as written now, so that earlier reads are outdated."""
    _read(cursor, [(instance, record, read_start(cursor))])


def _read(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.executemany(SAVE, [{one.name: value for one, value in zip(KEPT, row, strict=True)} for row in rows])


READS = TableWriter("psa reads", 16, _read)
"""Rows (instance, record, begun): the read whose state is recorded."""
