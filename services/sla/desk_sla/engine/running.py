"""Running time: a calendar without the union of the pauses."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from .calendar import HORIZON_END, Calendar
from .calendar_document import Span
from .calendar_year import merged
from .clock import Pause


def union(pauses: Iterable[Pause], until: int | None = None) -> tuple[Span, ...]:
    """Overlapping and touching pauses as one interval each; open ones end at the horizon.

    A pause that ends before it starts covers nothing. With ``until``, what lies behind it is cut off.
    """
    limit = HORIZON_END if until is None else until
    spans = [(pause.start, limit if pause.end is None else min(pause.end, limit)) for pause in pauses]
    return tuple(merged([(start, end) for start, end in spans if start < end]))


class Running(msgspec.Struct, frozen=True):
    """Seconds that count: inside ``calendar`` and outside every span of ``mask`` (sorted, apart)."""

    calendar: Calendar
    mask: tuple[Span, ...]

    def worked(self, a: int, b: int) -> int:
        """Running seconds in [a, b)."""
        total = self.calendar.elapsed_s(a, b)
        for start, end in self.mask:
            if start >= b:
                break
            total -= self.calendar.elapsed_s(max(a, start), min(b, end))
        return total

    def reach(self, a: int, seconds: int) -> int | None:
        """The earliest instant at which ``seconds`` have run since ``a``; None = never, as things stand."""
        if seconds <= 0:
            return a
        at = a
        for start, end in self.mask:
            if end <= at:
                continue
            gap = self.calendar.elapsed_s(at, start)
            if seconds <= gap:
                break
            seconds -= gap
            at = end
        due = self.calendar.due_s(at, seconds) if at < HORIZON_END else HORIZON_END
        return due if due < HORIZON_END else None

    def resumed(self, at: int) -> int:
        """``at``, or the end of the pause that covers it."""
        return next((end for start, end in self.mask if start <= at < end), at)
