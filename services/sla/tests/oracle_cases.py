"""Random worlds and cases for the oracle: odd zones, days on which the time changes, odd windows, crowded histories."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

from .oracle import WEEKDAYS, Case, Change, Ground, zone_of

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


def case(rng: random.Random, place: World) -> Case:
    last = place.first + place.days * DAY
    fine = rng.random() < 0.35

    def moment(low: int, high: int) -> int:
        found = rng.randrange(low, max(low + 1, high))
        return found if fine else max(low, found // 60 * 60)

    length = rng.choice((3, 8, 24, 72)) * 3600
    start = moment(place.first + 60, max(place.first + 120, last - length - DAY))
    until = min(last - 60, start + length)
    now = (
        moment(start - 50 if rng.random() < 0.1 else start + (until - start) // 3, until)
        if rng.random() < 0.5
        else until
    )
    pauses = tuple(_pause(rng, moment, start, until) for _ in range(rng.choice((0, 0, 1, 2, 3, 5))))
    changes = tuple(_change(rng, moment, start, until) for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))))
    if changes and pauses and rng.random() < 0.2:
        changes = (*changes[:-1], Change(max(1, pauses[0][0]), changes[-1].target, "retroactive"))
    return Case(
        start=start,
        target=None if rng.random() < 0.02 else _target(rng),
        now=now,
        pauses=pauses,
        changes=changes,
        stop=moment(start - 50 if rng.random() < 0.1 else start, until) if rng.random() < 0.5 else None,
        cancelled=moment(start, until) if rng.random() < 0.08 else None,
        last_only=rng.random() < 0.1,
    )


def sharpened(rng: random.Random, asked: Case, due: int) -> Case:
    """The same case with something exactly at its due time, or a second beside it."""
    at = due + rng.choice((-1, 0, 0, 0, 1))
    kind = rng.randrange(5)
    if kind == 0:
        return replace(asked, stop=at)
    if kind == 1:
        return replace(asked, pauses=(*asked.pauses, (at, at + rng.randrange(1, 4000))))
    if kind == 2:
        return replace(asked, now=max(at, asked.start))
    if kind == 3:
        return replace(asked, cancelled=at)
    mode = rng.choice(("forward", "retroactive", "reset"))
    return replace(asked, changes=(*asked.changes, Change(at, asked.target, mode)), stop=at if at % 3 == 0 else None)


def _target(rng: random.Random) -> int:
    return rng.choice((60, 900, 3600, 7200, 14_400, 28_800, rng.randrange(1, 40_000)))


def _pause(rng: random.Random, moment: Any, start: int, until: int) -> tuple[int, int | None]:
    begin = start if rng.random() < 0.1 else moment(start - 3000, until)
    if rng.random() < 0.12:
        return begin, None
    return begin, begin + rng.randrange(1, 90) if rng.random() < 0.2 else moment(begin - 10, until)


def _change(rng: random.Random, moment: Any, start: int, until: int) -> Change:
    at = moment(start - 100, until)
    mode = rng.choice(("forward", "retroactive", "reset", "retroactive", "extension"))
    target = None if rng.random() < 0.03 else _target(rng)
    return Change(at, target, mode, int(rng.random() < 0.3), moment(at - 60, until) if mode == "extension" else None)
