"""Random cases for the oracle: crowded histories of one clock."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from .oracle import Case, Change
from .oracle_worlds import DAY, World


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
