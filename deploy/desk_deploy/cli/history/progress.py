"""How far an import is: a bar for people, a line now and then when piped. On standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

EVERY = 5.0


class Progress(Protocol):
    """Is told how far the work is."""

    def taken_in(self, rows: int, of: int) -> None:
        """So many rows of an estimated number are with intake."""

    def draining(self, left: int) -> None:
        """So many facts are still on their way to services."""


class Lines:
    """A line every few seconds."""

    def __init__(self) -> None:
        self._began = self._said = time.monotonic()

    def taken_in(self, rows: int, of: int) -> None:
        now = time.monotonic()
        if rows >= of or now - self._said >= EVERY:
            left = (of - rows) * (now - self._began) / max(rows, 1)
            self._say(f"{rows:,} of about {of:,} rows taken in, about {left:.0f} s to go", now)

    def draining(self, left: int) -> None:
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._say(f"{left:,} facts on their way", now)

    def _say(self, text: str, now: float) -> None:
        self._said = now
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


@contextmanager
def progress() -> Iterator[Progress]:
    """What fits the terminal."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from desk_deploy.cli.history.progress_bar import Bar

    with Bar() as bar:
        yield bar
