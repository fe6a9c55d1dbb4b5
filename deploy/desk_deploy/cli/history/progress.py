"""Progress of an import on standard error: a bar in a terminal, a line every few seconds otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

EVERY = 5.0


class Progress(Protocol):
    """Displays the progress of an import."""

    def taken_in(self, rows: int, of: int) -> None:
        """Intake has `rows` of an estimated `of` rows."""

    def draining(self, left: int) -> None:
        """`left` facts are not yet applied by services that consume them."""


class Lines:
    """Prints a line every EVERY seconds."""

    def __init__(self) -> None:
        self._began = self._said = time.monotonic()

    def taken_in(self, rows: int, of: int) -> None:
        now = time.monotonic()
        if rows >= of or now - self._said >= EVERY:
            left = (of - rows) * (now - self._began) / max(rows, 1)
            self._say(f"{rows:,} of about {of:,} rows imported, about {left:.0f} s left", now)

    def draining(self, left: int) -> None:
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._say(f"waiting for all services: {left:,} facts not applied yet", now)

    def _say(self, text: str, now: float) -> None:
        self._said = now
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


@contextmanager
def progress() -> Iterator[Progress]:
    """The display for this terminal."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from desk_deploy.cli.history.progress_bar import Bar

    with Bar() as bar:
        yield bar
