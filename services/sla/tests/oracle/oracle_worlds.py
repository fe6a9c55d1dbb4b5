"""Random worlds for the oracle: odd zones, days on which the time changes, odd windows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

from .oracle import WEEKDAYS, Ground, zone_of

DAY = 86_400
ODD = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/St_Johns",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "America/Santiago",
    "Antarctica/Troll",
    "Asia/Tehran",
    "Pacific/Kiritimati",
    "Etc/UTC",
)
ALL = tuple(sorted((resources.files("tzdata") / "zones").read_text().split()))
COUNTRIES = (("DE", "BY"), ("US", None), ("GB", "SCT"), ("AU", "NSW"), ("JP", None))


@dataclass(frozen=True)
class World:
    """Two calendars in one zone over the same days: ``documents`` as people write them."""

    zone: str
    documents: tuple[dict[str, Any], dict[str, Any]]
    first: int
    days: int

    def grounds(self) -> list[Ground]:
        return [Ground(document, self.zone, self.first, self.days * 1440) for document in self.documents]


def world(rng: random.Random) -> World:
    zone = rng.choice(ODD) if rng.random() < 0.6 else rng.choice(ALL)
    days = rng.choice((4, 6, 9, 14))
    middle = _change_of_time(rng, zone) if rng.random() < 0.65 else rng.randrange(6000, 24_000) * DAY
    first = (middle - days * DAY // 2) // 60 * 60
    documents = (document(rng, first, days), document(rng, first, days))
    return World(zone, documents, first, days)


def _change_of_time(rng: random.Random, zone: str) -> int:
    """An instant near a change of the zone's offset in some year, if it has one."""
    if zone == "Pacific/Apia" and rng.random() < 0.5:
        return int(datetime(2011, 12, 30, 10, tzinfo=UTC).timestamp())
    info, start = zone_of(zone), datetime(rng.randrange(1976, 2037), 1, 1, tzinfo=UTC)
    offsets = [(start + timedelta(days=n)).astimezone(info).utcoffset() for n in range(366)]
    borders = [n for n in range(1, 366) if offsets[n] != offsets[n - 1]]
    return int((start + timedelta(days=rng.choice(borders or [180]))).timestamp())


def document(rng: random.Random, first: int, days: int) -> dict[str, Any]:
    week = {day: _windows(rng) for day in WEEKDAYS if rng.random() < 0.9}
    _no_overlap(week)
    if not any(week.values()):
        week["wed"] = ["00:00-24:00"]
    found: dict[str, Any] = {"id": "odd", "version": 1, "week": week}
    if rng.random() < 0.3:
        country, part = rng.choice(COUNTRIES)
        found["holidays"] = [{"country": country, "subdivision": part}]
    if rng.random() < 0.4:
        day = datetime.fromtimestamp(first + rng.randrange(days) * DAY, UTC).date().isoformat()
        name = day if rng.random() < 0.5 or day.endswith("02-29") else day[5:]
        found["days"] = [{"day": name, "name": "own", "open": [w for w in _windows(rng) if "+" not in w]}]
    return found


def _windows(rng: random.Random) -> list[str]:
    shape = rng.random()
    if shape < 0.3:
        return ["00:00-24:00"]
    if shape < 0.45:
        return [f"{_time(rng, 18, 23)}-{_time(rng, 0, 6)}+1"]
    hours = sorted(rng.sample(range(24), 2 * rng.randrange(1, 4)))
    pairs = zip(hours[::2], hours[1::2], strict=True)
    return [f"{_time(rng, a, a)}-{_time(rng, b, b)}" for a, b in pairs]


def _time(rng: random.Random, low: int, high: int) -> str:
    text = f"{rng.randint(low, high):02}:{rng.choice((0, 0, 0, 15, 30, 45, rng.randrange(60))):02}"
    return f"{text}:{rng.randrange(1, 59):02}" if rng.random() < 0.08 else text


def _no_overlap(week: dict[str, list[str]]) -> None:
    """A window over midnight is dropped when the next day opens before it ends."""
    for index, day in enumerate(WEEKDAYS):
        following = week.get(WEEKDAYS[(index + 1) % 7], [])
        late = [text for text in week.get(day, []) if text.endswith("+1")]
        if late and any(text[:5] < late[0][-7:-2] or text < "08" for text in following):
            week[day] = [text for text in week[day] if text not in late]
