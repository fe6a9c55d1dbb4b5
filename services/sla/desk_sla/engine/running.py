"""Running time: the working time of a calendar minus the union of the pauses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from desk.calendars.calendar import HORIZON_END, Calendar
from desk.calendars.calendar_document import Span
from desk.calendars.calendar_year import merged

from .clock import Pause


def union(pauses: Iterable[Pause]) -> tuple[Span, ...]:
    """Overlapping and touching pauses as one interval each; open ones end at the horizon.

    A pause that ends before it starts covers nothing.
    """
    spans = [(pause.start, HORIZON_END if pause.end is None else pause.end) for pause in pauses]
    return tuple(merged([(start, end) for start, end in spans if start < end]))


class Course:
    """Seconds that count since ``origin``: within ``calendar``, without the spans of ``mask`` (sorted, disjoint).

    Stores each gap between pauses with the seconds that ran before it, so that a query costs one bisection.
    """

    __slots__ = ("_before", "_ends", "_starts", "_total", "calendar", "mask", "origin")

    def __init__(self, calendar: Calendar, mask: tuple[Span, ...], origin: int) -> None:
        self.calendar, self.mask, self.origin = calendar, mask, origin
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []
        total, at = 0, origin
        for start, end in mask:
            if start > at:
                gap = calendar.elapsed_s(at, start)
                if gap:
                    self._add(at, start, total)
                    total += gap
            at = max(at, end)
        self._total: int | None = total
        if at < HORIZON_END:
            self._add(at, HORIZON_END, total)
            self._total = None

    def worked(self, until: int) -> int:
        """Running seconds in [origin, until)."""
        at = bisect_right(self._starts, until) - 1
        if at < 0:
            return 0
        return self._before[at] + self.calendar.elapsed_s(self._starts[at], min(until, self._ends[at]))

    def reach(self, seconds: int) -> int | None:
        """The earliest instant at which ``seconds`` have run; None = never, unless something changes."""
        if seconds <= 0:
            return self.origin
        if self._total is not None and seconds > self._total:
            return None
        at = bisect_left(self._before, seconds) - 1
        due = self.calendar.due_s(self._starts[at], seconds - self._before[at])
        return due if due < HORIZON_END else None

    def resumed(self, at: int) -> int:
        """``at``, or the end of the pause that covers it."""
        return next((end for start, end in self.mask if start <= at < end), at)

    def _add(self, start: int, end: int, before: int) -> None:
        self._starts.append(start)
        self._ends.append(end)
        self._before.append(before)
