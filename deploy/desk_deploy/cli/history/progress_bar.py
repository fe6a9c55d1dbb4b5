"""Displays progress as a bar."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Bar:
    """Implements Progress."""

    def __init__(self) -> None:
        text = TextColumn("{task.description}")
        count = TextColumn("{task.completed:,.0f} of {task.total:,.0f}")
        columns = (text, BarColumn(), count, TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._rows = self._progress.add_task("rows imported", total=1)
        self._facts = self._progress.add_task("facts applied by all services", total=1, visible=False)
        self._most = 1

    def taken_in(self, rows: int, of: int) -> None:
        self._progress.update(self._rows, completed=rows, total=max(of, 1))

    def draining(self, left: int) -> None:
        self._most = max(self._most, left)
        self._progress.update(self._facts, completed=self._most - left, total=self._most, visible=True)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()
