"""Times in PostgreSQL that Python cannot hold: the years before 1 and after 9999, and the infinities.

Services read such a time as the nearest bound, so that it stops no loop. Lists and exports mark it, leave the row out
and name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from psycopg import Connection, DataError
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzBinaryLoader, TimestamptzLoader

from desk.contract.bounds import EARLIEST, LATEST
from desk.eventstore.table_writer import DbCursor, View

SESSION = "SET timezone TO 'UTC'; SET datestyle TO 'ISO, MDY'"
REBUILD = "Build the view again from the facts, e.g. desk rebuild tickets"
T = TypeVar("T")
BETWEEN = f"BETWEEN '{EARLIEST.isoformat()}' AND '{LATEST.isoformat()}'"


class Unread(str):
    """A time as PostgreSQL writes it, where Python cannot hold it. May be a query parameter, e.g. of a cursor."""

    __slots__ = ()


class Unreadable(msgspec.Struct, frozen=True):
    """A row that a list or an export left out: its id, the reason, and the remedy."""

    row: str
    reason: str
    remedy: str


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


def unreadable(row: str, fields: Sequence[str], values: Sequence[object]) -> Unreadable | None:
    """The problem of a row that contains an `Unread`; None when it can be read."""
    for field, value in zip(fields, values, strict=True):
        if isinstance(value, Unread):
            reason = f"{field} is {value}, outside 1970-01-01 to 2100-01-01"
            return Unreadable(row, reason, REBUILD)
    return None


def readable(
    rows: Sequence[T], item: Callable[[T], object], name: Callable[[T], str]
) -> tuple[list[Any], list[Unreadable]]:
    """`item(row)` of each row, and the rows for which it failed."""
    items: list[Any] = []
    left_out: list[Unreadable] = []
    for row in rows:
        fields = getattr(row, "_fields", None)
        problem = unreadable(name(row), fields, row) if fields is not None else None  # type: ignore[arg-type]
        try:
            made = None if problem is not None else item(row)
        except Exception as error:
            problem = failing(name(row), error, REBUILD)
        if problem is not None:
            left_out.append(problem)
        else:
            items.append(made)
    return items, left_out


def failing(row: str, error: Exception, remedy: str) -> Unreadable:
    """The problem of a row that could not be read. Never contains the error's text, which may quote a fact."""
    return Unreadable(row, f"{type(error).__name__} while it was read", remedy)


def holds_unreadable(cursor: DbCursor, view: View) -> bool:
    """Whether the view's table contains a time out of bounds, which earlier releases could write."""
    out_of_bounds = " OR ".join(f"{instant} NOT {BETWEEN}" for instant in getattr(view, "instants", ()))
    if not out_of_bounds:
        return False
    query = f'SELECT EXISTS (SELECT 1 FROM "{view.name}" WHERE {out_of_bounds})'  # noqa: S608 (names of our own columns)
    row = cursor.execute(query.encode()).fetchone()
    return bool(row and row[0])
