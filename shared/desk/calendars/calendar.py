"""A calendar resolved to instants: elapsed working time and due times, exact to the second.

Years are compiled on first use; every query is then a bisection of cumulative working seconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime
from functools import lru_cache

from . import zones
from .calendar_document import CalendarDocument, Span
from .calendar_year import Week, merged, year_windows
from .problems import DocumentError, Problem
from .times import HORIZON_END, HORIZON_START, clamp, to_datetime, to_seconds

_FIRST, _LAST = 1970, 2099
_YEAR = 31_556_952
_TRIAL = range(2024, 2028)


class _Table:
    """Windows of the years [first, last]: starts, ends, and the working seconds before and up to the end of each."""

    __slots__ = ("after", "before", "ends", "first", "last", "starts")

    def __init__(self, first: int, last: int, years: list[tuple[Span, ...]]) -> None:
        self.first, self.last = first, last
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.before: list[int] = []
        self.after: list[int] = []
        total = 0
        for start, end in (span for year in years for span in year):
            self.starts.append(start)
            self.ends.append(end)
            self.before.append(total)
            total += end - start
            self.after.append(total)

    def worked(self, second: int) -> int:
        """Working seconds from the beginning of the table to ``second``."""
        at = bisect_right(self.starts, second) - 1
        if at < 0:
            return 0
        end = self.ends[at]
        return self.before[at] + (second if second < end else end) - self.starts[at]


class Calendar:
    """Working time in one zone. ``zone_source`` is the origin of the zone (policy, client, caller, asset).

    Raises ``DocumentError`` when there is no working time at all.
    """

    def __init__(self, document: CalendarDocument, zone: str | None = None, zone_source: str = "policy") -> None:
        self.document = document
        self.id, self.version = document.id, document.version
        self.zone = zone or document.zone
        self.zone_source = zone_source if zone else "policy"
        self.week = Week(document)
        self._years: dict[int, tuple[Span, ...]] = {}
        self._table = _Table(_TRIAL.start, _TRIAL.stop - 1, [self._year(year) for year in _TRIAL])
        if not self._table.starts:
            remedy = "leave at least one window open in four years"
            problem = Problem("days", "no working time", remedy, "calendar_without_working_time")
            raise DocumentError(f"calendar {self.id}", [problem])

    def __repr__(self) -> str:
        return f"Calendar({self.id} v{self.version}, {self.zone} from {self.zone_source})"

    def elapsed(self, a: datetime, b: datetime) -> int:
        """Working seconds in [a, b); 0 when b is not after a."""
        return self.elapsed_s(to_seconds(a), to_seconds(b))

    def due(self, a: datetime, target: int) -> datetime:
        """The earliest instant at which ``target`` working seconds have passed since ``a``; 2100 when never."""
        return to_datetime(self.due_s(to_seconds(a), target))

    def windows(self, a: datetime, b: datetime) -> list[tuple[datetime, datetime]]:
        """Stretches of working time in [a, b), adjoining ones joined."""
        return [(to_datetime(s), to_datetime(e)) for s, e in self.windows_s(to_seconds(a), to_seconds(b))]

    def elapsed_s(self, a: int, b: int) -> int:
        """``elapsed`` in UTC seconds."""
        if b <= a or b <= HORIZON_START or a >= HORIZON_END:
            return 0
        a, b = a if a > HORIZON_START else HORIZON_START, b if b < HORIZON_END else HORIZON_END
        table = self._covering(a, b)
        return table.worked(b) - table.worked(a)

    def due_s(self, a: int, target: int) -> int:
        """``due`` in UTC seconds."""
        a = clamp(a)
        if target <= 0:
            return a
        reach, span = a, _YEAR // 4
        while True:
            table = self._covering(a, reach)
            goal = table.worked(a) + target
            at = bisect_left(table.after, goal)
            if at < len(table.after):
                return table.starts[at] + goal - table.before[at]
            if reach >= HORIZON_END:
                return HORIZON_END
            reach, span = min(reach + span, HORIZON_END), span * 2

    def windows_s(self, a: int, b: int) -> list[Span]:
        """``windows`` in UTC seconds."""
        a, b = clamp(a), clamp(b)
        if b <= a:
            return []
        table = self._covering(a, b)
        low, high = bisect_right(table.ends, a), bisect_left(table.starts, b)
        found = [(max(s, a), min(e, b)) for s, e in zip(table.starts[low:high], table.ends[low:high], strict=True)]
        return merged(found)

    def _covering(self, a: int, b: int) -> _Table:
        """A table that covers both instants. It is replaced as a whole, so that threads may share a calendar."""
        table = self._table
        first, last = a // _YEAR + _FIRST - 1, b // _YEAR + _FIRST + 1
        if table.first <= first and last <= table.last:
            return table
        first, last = max(first, _FIRST), min(last, _LAST)
        if table.first <= first and last <= table.last:
            return table
        first, last = min(first, table.first), max(last, table.last)
        table = self._table = _Table(first, last, [self._year(year) for year in range(first, last + 1)])
        return table

    def _year(self, year: int) -> tuple[Span, ...]:
        if year not in self._years:
            self._years[year] = tuple(year_windows(self.week, self.zone, year))
        return self._years[year]


KEPT = 256
"""Number of compiled calendars that a process caches (least recently used are dropped)."""


def compile_calendar(
    document: CalendarDocument, zone: str | None = None, zone_source: str = "policy", *, keep: bool = True
) -> Calendar:
    """The calendar of a document. Equal documents in one zone share one from the cache.

    ``keep`` False: a calendar that is not cached, for documents of single requests. Raises ``DocumentError`` for a zone
    that is not in the pinned data.
    """
    if zone is not None and zone not in zones.names():
        problem = Problem("zone", f"unknown zone {zone!r}", "use an IANA name such as Europe/Berlin", "unknown_zone")
        raise DocumentError(f"calendar {document.id}", [problem])
    return _shared(_Content(document), zone, zone_source) if keep else Calendar(document, zone, zone_source)


class _Content:
    """A document that equals another one of the same content."""

    def __init__(self, document: CalendarDocument) -> None:
        self.document = document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and other.document.content == self.document.content

    def __hash__(self) -> int:
        return hash(self.document.content)


@lru_cache(maxsize=KEPT)
def _shared(content: _Content, zone: str | None, zone_source: str) -> Calendar:
    return Calendar(content.document, zone, zone_source)


__all__ = ["HORIZON_END", "HORIZON_START", "Calendar", "compile_calendar"]
