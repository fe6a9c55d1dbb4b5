"""Rows that a list or an export cannot read: it leaves them out and names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

REBUILD = "Build the view again from the facts, e.g. desk rebuild tickets"
R = TypeVar("R")
T = TypeVar("T")


class Unread(str):
    """A time as PostgreSQL writes it, where Python cannot hold it. May be a query parameter, e.g. of a cursor."""

    __slots__ = ()


class UnreadableRow(msgspec.Struct, frozen=True):
    """A row that a list or an export left out: its id, the reason, and the remedy."""

    row: str
    reason: str
    remedy: str


class UnreadableLine(msgspec.Struct, frozen=True):
    """The line of an export that names a row left out."""

    unreadable: UnreadableRow


def unreadable(name: str, row: object) -> UnreadableRow | None:
    """The problem of a record that contains an `Unread`; None when it can be read."""
    for field in row.__struct_fields__ if isinstance(row, msgspec.Struct) else ():
        value = getattr(row, field)
        if isinstance(value, Unread):
            return UnreadableRow(name, f"{field} is {value}, outside 1970-01-01 to 2100-01-01", REBUILD)
    return None


def readable(
    rows: Sequence[R], item: Callable[[R], T], name: Callable[[R], str]
) -> tuple[list[T], list[UnreadableRow]]:
    """`item(row)` of each row, and the rows for which it failed."""
    items: list[T] = []
    left_out: list[UnreadableRow] = []
    for row in rows:
        try:
            problem = unreadable(name(row), row)
            if problem is None:
                items.append(item(row))
        except Exception as error:
            problem = failing(name(row), error, REBUILD)
        if problem is not None:
            left_out.append(problem)
    return items, left_out


def failing(row: str, error: Exception, remedy: str) -> UnreadableRow:
    """The problem of a row that could not be read. Never contains the error's text, which may quote a fact."""
    return UnreadableRow(row, f"{type(error).__name__} while it was read", remedy)
