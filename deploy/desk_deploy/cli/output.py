"""What commands print: tables for people, JSON for programs, plain lines when piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

WIDE = 200


def console() -> Console:
    """Standard output; a pipe gets wide plain lines."""
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)


def show_json(value: Any) -> None:
    """One JSON document."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table; an empty one says so."""
    listed = [[printable(cell) for cell in row] for row in rows]
    table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False)
    for row in listed:
        table.add_row(*row)
    console().print(table if listed else "nothing")


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def warn_unreadable(problem: Mapping[str, str]) -> None:
    """Name a row that the desk left out of its answer, on standard error: what is printed stays what was asked for."""
    parts = (f"{problem['row']} cannot be read", problem["reason"], problem["remedy"])
    sys.stderr.write(printable(": ".join(parts)) + "\n")
    sys.stderr.flush()


def printable(value: object) -> str:
    """A value as text that cannot move the cursor: what comes from outside may hold control characters."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return "".join(char if char.isprintable() else " " for char in str(value))
