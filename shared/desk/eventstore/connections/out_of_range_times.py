"""Times in PostgreSQL that Python cannot hold: the years before 1 and after 9999, and the infinities.

Services read such a time as the nearest bound, so that it stops no loop. Lists and exports mark it, leave the row out
and name it."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, DataError
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzBinaryLoader, TimestamptzLoader

from desk.contract.bounds import EARLIEST, LATEST
from desk.eventstore.connections.unreadable_rows import Unread
from desk.eventstore.table_writer import DbCursor, View

SESSION = "SET timezone TO 'UTC'; SET datestyle TO 'ISO, MDY'"
BETWEEN = f"BETWEEN '{EARLIEST.isoformat()}' AND '{LATEST.isoformat()}'"


class _ClampedText(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return EARLIEST if _is_early(bytes(data)) else LATEST


class _ClampedBinary(TimestamptzBinaryLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return EARLIEST if bytes(data)[0] & 0x80 else LATEST


class _MarkedText(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return Unread(bytes(data).decode())


def _is_early(text: bytes) -> bool:
    return text.endswith(b"BC") or text.startswith(b"-")


def prepare_session(connection: Connection[Any]) -> None:
    """Read and write times in UTC whatever the server's setting; read a time out of bounds as the nearest bound."""
    connection.execute(SESSION.encode())
    connection.adapters.register_loader("timestamptz", _ClampedText)
    connection.adapters.register_loader("timestamptz", _ClampedBinary)


def mark_unread(cursor: DbCursor) -> DbCursor:
    """Make the cursor return `Unread` for a time that Python cannot hold. For text results."""
    cursor.adapters.register_loader("timestamptz", _MarkedText)
    return cursor


def holds_unreadable(cursor: DbCursor, view: View) -> bool:
    """Whether the view's table contains a time out of bounds, which earlier releases could write."""
    out_of_bounds = " OR ".join(f"{instant} NOT {BETWEEN}" for instant in getattr(view, "instants", ()))
    if not out_of_bounds:
        return False
    query = f'SELECT EXISTS (SELECT 1 FROM "{view.name}" WHERE {out_of_bounds})'  # noqa: S608 (names of our own columns)
    row = cursor.execute(query.encode()).fetchone()
    return bool(row and row[0])
