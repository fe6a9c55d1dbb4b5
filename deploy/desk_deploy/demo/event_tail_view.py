"""Displays facts as they are recorded: a live table in a terminal, plain lines otherwise."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import IO, TYPE_CHECKING, cast

from desk_deploy.demo.event_tail import EventTail, TailedEvent
from desk_deploy.services import SERVICES

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_LINES, MOST_PAGES = 40, 100
LAST_LINES = 0.5
"""Seconds that a stopping desk waits for the reader of its output."""
REFRESHES = 4


class Terminal:
    """Standard output without Python's buffer and its lock, so that a thread that waits for a paused reader (Ctrl-S, a
    full pipe) blocks no other.
    """

    encoding = "utf-8"

    def __init__(self, descriptor: int | None = None) -> None:
        """`descriptor`: file descriptor to write to instead of standard output."""
        self._descriptor = sys.stdout.fileno() if descriptor is None else descriptor

    def write(self, text: str) -> int:
        """Write the whole text, waiting for the reader if necessary."""
        left = text.encode(self.encoding)
        while left:
            left = left[os.write(self._descriptor, left) :]
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        """The file descriptor."""
        return self._descriptor

    def ready(self) -> bool:
        """Whether a line can be written without waiting."""
        return bool(select.select([], [self._descriptor], [], 0)[1])


async def render(flow: EventTail, url: str, terminal: Terminal | None = None) -> None:
    """Display facts until cancelled. A reader who does not read never blocks the desk: facts beyond the queue are
    counted and omitted.
    """
    view = _View(url, terminal or Terminal())
    thread = threading.Thread(target=view.run, name="flow", daemon=True)
    thread.start()
    try:
        async for page in flow.pages():
            view.add(page)
    finally:
        view.end()
        thread.join(LAST_LINES)


class _View:
    """The queue of pages from the event loop to the terminal. An empty page is the last."""

    def __init__(self, url: str, terminal: Terminal) -> None:
        self._url, self._terminal = url, terminal
        self._pages: Queue[list[TailedEvent]] = Queue(MOST_PAGES)
        self._left_out = 0

    def add(self, page: list[TailedEvent]) -> None:
        """Add a page without waiting; when the queue is full, only count its facts."""
        try:
            self._pages.put_nowait(page)
        except Full:
            self._left_out += len(page)

    def end(self) -> None:
        """Add the last page, dropping others if the queue is full."""
        with suppress(Empty):
            while self._pages.full():
                self._left_out += len(self._pages.get_nowait())
        self.add([])

    def run(self) -> None:
        """Display pages until the last one, or until the reader has gone."""
        try:
            (self._table if self._terminal.isatty() else self._lines)()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._terminal.fileno())

    def _following(self) -> Iterator[tuple[list[TailedEvent], int]]:
        while page := self._pages.get():
            more, self._left_out = self._left_out, 0
            yield page, more

    def _lines(self) -> None:
        self._terminal.write("".join(f"{name:<8} {self._url}/{name}/api\n" for name in SERVICES))
        for page, left_out in self._following():
            lines = [_line(event) for event in page[:MOST_LINES]]
            if more := len(page[MOST_LINES:]) + left_out:
                lines.append(f"          and {more:,} more facts\n")
            self._terminal.write("".join(lines))

    def _table(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(file=cast(IO[str], self._terminal))
        latest: deque[TailedEvent] = deque(maxlen=200)
        total = 0
        with Live(console=console, refresh_per_second=REFRESHES, screen=False) as live:
            live.update(_view(latest, total, self._url, console.height))
            for page, left_out in self._following():
                latest.extend(page)
                total += len(page) + left_out
                live.update(_view(latest, total, self._url, console.height))


def _line(event: TailedEvent) -> str:
    return f"{event.time:%H:%M:%S}  {event.service:<8} {event.fact:<28} {event.ticket}  {event.actor}\n"


def _view(latest: deque[TailedEvent], total: int, url: str, height: int) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    rows = max(3, height - len(SERVICES) - 5)
    table = Table("time", "service", "fact", "ticket", "actor", box=None, pad_edge=False, expand=True)
    for event in list(latest)[-rows:]:
        cells = (f"{event.time:%H:%M:%S}", event.service, event.fact, event.ticket, event.actor)
        table.add_row(*(Text(cell) for cell in cells))
    addresses = "\n".join(f"{name:<8} {url}/{name}/api" for name in SERVICES)
    return Group(
        table, Text(f"\n{total:,} facts recorded since the start. Press Ctrl-C to stop the desk.\n{addresses}")
    )
