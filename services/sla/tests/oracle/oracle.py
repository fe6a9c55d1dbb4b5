"""The oracle: a walk over the wall clock, minute by minute, second by second where a border lies inside a minute.

Its own code path: it asks the zone what the clock on the wall shows and the document whether that is open, and counts.
It shares no helper with the engine; it reads the documents as plain mappings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import holidays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Mode = str


@cache
def zone_of(name: str) -> ZoneInfo:
    with (resources.files("tzdata") / "zoneinfo" / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def clock_to_seconds(text: str) -> int:
    parts = [int(part) for part in text.split(":")]
    return parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)


class Wall:
    """Asks a calendar document whether an instant is working time."""

    def __init__(self, document: dict[str, Any], zone: str) -> None:
        self.document, self.zone = document, zone_of(zone)
        self._seen: dict[date, list[tuple[int, int]]] = {}

    def open(self, second: int) -> bool:
        local = datetime.fromtimestamp(second, self.zone)
        shown = local.hour * 3600 + local.minute * 60 + local.second
        today = local.date()
        return self._in(today, shown) or self._in(today - timedelta(days=1), shown + 86_400)

    def _in(self, day: date, shown: int) -> bool:
        if day not in self._seen:
            self._seen[day] = self._windows(day)
        return any(opens <= shown < closes for opens, closes in self._seen[day])

    def _windows(self, day: date) -> list[tuple[int, int]]:
        chosen = self.document["week"].get(WEEKDAYS[day.weekday()], [])
        for group in self.document.get("holidays", []):
            if day in holidays.country_holidays(group["country"], subdiv=group.get("subdivision"), years=[day.year]):
                chosen = []
        own = {entry["day"]: entry.get("open", []) for entry in self.document.get("days", [])}
        chosen = own.get(day.isoformat(), own.get(f"{day.month:02}-{day.day:02}", chosen))
        found = []
        for text in chosen:
            plain = text.removesuffix("+1")
            opens, closes = (clock_to_seconds(part) for part in plain.split("-"))
            found.append((opens, closes + (86_400 if plain != text else 0)))
        return found


def _texts(day: dict[str, Any]) -> list[str]:
    return [text for value in day.values() if isinstance(value, list) for text in value]


class Ground:
    """A calendar over some days, a state a minute: 0 closed, 1 open, 2 both (ask each second)."""

    def __init__(self, document: dict[str, Any], zone: str, first: int, minutes: int) -> None:
        assert first % 60 == 0
        self.first, self.last, self.wall = first, first + 60 * minutes, Wall(document, zone)
        self.states = bytearray(minutes)
        times = [text for day in (document["week"], *document.get("days", [])) for text in _texts(day)]
        fine = any(text.count(":") > 2 for text in times)
        for index in range(minutes):
            begin = self.wall.open(first + 60 * index)
            same = not fine or begin == self.wall.open(first + 60 * index + 59)
            self.states[index] = int(begin) if same else 2
        self.whole = bytes(state != 2 for state in self.states)

    def open(self, second: int) -> bool:
        state = self.states[(second - self.first) // 60]
        return self.wall.open(second) if state == 2 else state == 1


@dataclass(frozen=True)
class Change:
    at: int
    target: int | None
    mode: Mode
    ground: int = 0
    due: int | None = None


@dataclass(frozen=True)
class Case:
    """``grounds[0]`` measures first; a change may name another. ``pauses`` = (start, end or None)."""

    start: int
    target: int | None
    now: int
    pauses: tuple[tuple[int, int | None], ...] = ()
    changes: tuple[Change, ...] = ()
    stop: int | None = None
    cancelled: int | None = None
    last_only: bool = False
    percents: tuple[int, ...] = (50, 75, 90, 100)


@dataclass
class Answer:
    verdict: str = "open"
    breached_at: int | None = None
    elapsed: int = 0
    due: int | None = None
    reached: list[tuple[int, int]] = field(default_factory=list)
