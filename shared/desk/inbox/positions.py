"""Positions up to which each source was read. They only speed up restarts; `ownerseq` decides what is a duplicate."""

from __future__ import annotations

from desk.eventstore.table_writer import DbCursor, Row, TableWriter, columns

UPSERT = (
    "INSERT INTO positions AS stored (source, epoch, part, position)"
    " SELECT * FROM unnest(%b::text[], %b::text[], %b::int[], %b::bigint[])"
    " ON CONFLICT (source, epoch, part) DO UPDATE SET position = greatest(stored.position, excluded.position)"
)


def _write(cursor: DbCursor, rows: list[Row]) -> None:
    last = {row[:3]: row for row in rows}
    cursor.execute(UPSERT, columns(list(last.values())), prepare=True)


POSITIONS = TableWriter("positions", 70, _write)
"""(source, epoch, part, position)"""


def read_positions(cursor: DbCursor) -> dict[tuple[str, str, int], int]:
    """(source, epoch, part) -> position."""
    rows = cursor.execute("SELECT source, epoch, part, position FROM positions").fetchall()
    return {(source, epoch, part): position for source, epoch, part, position in rows}
