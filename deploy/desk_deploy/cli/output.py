"""Output of commands: tables for people, JSON for programs, plain wide lines in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from rich.console import Console
from rich.table import Table

from desk.eventstore.connections.unreadable_rows import UnreadableRow

WIDE = 200


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise the error again, like every other write: the command line explains it."""
        raise


def console() -> Console:
    """The console on standard output; a pipe gets lines of WIDE characters."""
    return _Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)


def show_json(value: object) -> None:
    """Print one JSON document; records are printed as the API writes them."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def fields_of(record: msgspec.Struct) -> dict[str, object]:
    """The fields of a record as the API writes them."""
    fields: dict[str, object] = msgspec.to_builtins(record)
    return fields


def _plain(value: object) -> object:
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else str(value)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table, or `nothing` when it has no rows."""
    listed = [[printable(cell) for cell in row] for row in rows]
    table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False)
    for row in listed:
        table.add_row(*row)
    console().print(table if listed else "nothing")


def moment(at: datetime | None) -> str | None:
    """A time as the API writes it."""
    text: str | None = msgspec.to_builtins(at)
    return text


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its unit, e.g. `1 key` or `2,000 keys`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def say(text: str) -> None:
    """Print one line."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def warn_unreadable(problem: UnreadableRow) -> None:
    """Report on standard error a row that the desk left out, so that standard output has only the data."""
    parts = (f"{problem.row} cannot be read", problem.reason, problem.remedy)
    sys.stderr.write(printable(": ".join(parts)) + "\n")
    sys.stderr.flush()


def printable(value: object) -> str:
    """A value as text without control characters, which foreign data may contain and terminals obey."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return "".join(char if char.isprintable() else " " for char in str(value))
