"""The scale of a time line: pixel positions of instants, and marks at round local times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from desk.calendars import zones
from desk.calendars.times import to_datetime, to_seconds

MINUTE, HOUR, DAY = 60, 3600, 86_400
STEPS = (
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    28 * DAY,
    182 * DAY,
)
MARKS = 8


class Scale(NamedTuple):
    """Instants from `first` to `last` (UTC seconds) mapped to pixels from `left` to `right`; labels in `zone`."""

    first: int
    last: int
    left: float
    right: float
    zone: str

    def x(self, at: int) -> float:
        """The pixel of an instant; an instant beyond the scale is drawn at its border."""
        share = (min(max(at, self.first), self.last) - self.first) / max(1, self.last - self.first)
        return self.left + share * (self.right - self.left)

    def marks(self) -> list[tuple[int, str]]:
        """At most MARKS round local times with labels, which name the day where it changes."""
        span = self.last - self.first
        step = next((step for step in STEPS if span <= step * MARKS), STEPS[-1])
        found, day = list[tuple[int, str]](), ""
        for at in _round(self.first, self.last, step, self.zone):
            wall = local(at, self.zone)
            today = f"{wall:%a} {wall.day} {wall:%b}"
            hour = f"{wall:%H:%M}"
            found.append((at, today if step >= DAY else hour if today == day else f"{today} {hour}"))
            day = today
        return found[:: max(1, -(-len(found) // MARKS))]


def local(at: int, zone: str) -> datetime:
    """An instant as local time of the zone."""
    return to_datetime(at).astimezone(zones.zone(zone))


def moment(at: int, zone: str) -> str:
    """`Mon 2 Mar 2026 09:30`, with seconds where there are any."""
    wall = local(at, zone)
    seconds = f":{wall:%S}" if wall.second else ""
    return f"{wall:%a} {wall.day} {wall:%b %Y %H:%M}{seconds}"


def _round(first: int, last: int, step: int, zone: str) -> list[int]:
    """Round local times; steps of a day or more begin at midnight, also across changes of the clock."""
    midnight = local(first, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    count = (last - first + DAY) // step + 2
    walls = (midnight + timedelta(seconds=step * number) for number in range(count))
    found = (to_seconds(wall.replace(tzinfo=zones.zone(zone))) for wall in walls)
    return sorted({at for at in found if first <= at <= last})


def rows(labels: Sequence[tuple[float, float]]) -> list[int]:
    """The row of each label, given as (from, to) in pixels from left to right, so that no two in a row touch."""
    ends: list[float] = []
    found = []
    for start, end in labels:
        row = next((number for number, last_end in enumerate(ends) if last_end + 4 <= start), len(ends))
        ends[row:] = [end, *ends[row + 1 :]]
        found.append(row)
    return found
