"""Whole tickets for the oracle: cycles, waits and priorities under a random policy, judged by engine and walk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from desk.calendars.calendar_document import load_calendar
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.history import Change, Cycle, History, Wait
from desk_sla.engine.judge import Judged, judge
from desk_sla.engine.policies.policy import load_policy
from desk_sla.engine.policies.selection import Subject

from . import oracle
from .oracle import Answer, Ground
from .oracle_walk import Machine
from .oracle_worlds import World

CAUSES = ("client", "vendor", "internal", "schedule")
HOURS = {"P1": (1, 2), "P2": (2, 4), "P3": (4, 9), "P4": (8, 20)}


@dataclass(frozen=True)
class Ticket:
    """A policy as people write it, and what happened: plain numbers and words."""

    policy: dict[str, Any]
    cycles: tuple[tuple[int, int | None, int | None], ...]
    waits: tuple[tuple[int, int | None, str], ...]
    priorities: tuple[tuple[int, str], ...]
    now: int


@dataclass(frozen=True)
class Wrong:
    seed: int
    ticket: Ticket
    said: Answer
    right: Answer


def ticket(rng: random.Random, place: World) -> Ticket:
    first, last = place.first + 3600, place.first + place.days * 86_400 - 7200
    marks = sorted(rng.randrange(first, last) // rng.choice((1, 60)) for _ in range(9))
    marks = [mark * 60 if mark < first else mark for mark in marks]
    marks = sorted(max(first, mark) for mark in marks)
    closes = rng.random() < 0.5
    cycles: list[tuple[int, int | None, int | None]] = [
        (marks[0], marks[2], marks[3] if closes else None),
        (marks[4], marks[6], marks[7] if rng.random() < 0.7 else None),
        (marks[8], None, None),
    ]
    waits = [(rng.randrange(first, last), rng.choice(CAUSES)) for _ in range(rng.randrange(5))]
    changes = [(rng.choice((*marks, rng.randrange(first, last))), rng.choice(tuple(HOURS))) for _ in range(3)]
    return Ticket(
        policy=_policy(rng),
        cycles=tuple(cycles[: rng.randrange(1, 4)]),
        waits=tuple((at, rng.choice((None, at + rng.randrange(1, 40_000))), on) for at, on in waits),
        priorities=((0, rng.choice(tuple(HOURS))), *sorted(changes, key=lambda change: change[0])),
        now=rng.choice((last, rng.choice(marks), rng.randrange(first, last))),
    )


def _policy(rng: random.Random) -> dict[str, Any]:
    rules = [
        {"id": name.lower(), "when": {"priority": [name]}, "goals": {"resolution": f"{rng.choice(hours)}h"}}
        for name, hours in HOURS.items()
    ]
    return {
        "id": "random",
        "version": 1,
        "calendar": "odd",
        "stops_at": rng.choice(("resolved", "closed")),
        "priority_rule": rng.choice(("first", "final", "each")),
        "rules": rules,
        "pause": {cause: ["resolution"] for cause in CAUSES if rng.random() < 0.6},
        "change": {"priority": rng.choice(("forward", "retroactive", "reset"))},
    }


def said(asked: Ticket, place: World) -> dict[int, Answer]:
    """The engine's answer by cycle."""
    document = load_calendar({**place.documents[0], "zone": place.zone})
    history = History(
        subject=Subject(priority=asked.priorities[0][1]),
        cycles=tuple(Cycle(start, resolved, closed) for start, resolved, closed in asked.cycles),
        changes=tuple(Change(at, "priority", value) for at, value in asked.priorities[1:]),
        waits=tuple(Wait(start, end, on, str(n)) for n, (start, end, on) in enumerate(asked.waits)),  # type: ignore[arg-type]
    )
    book = Rulebook([load_policy(asked.policy)], {"odd": document})
    return {one.cycle: _plain(one) for one in judge(history, book, asked.now)}


def _plain(one: Judged) -> Answer:
    stands = one.position
    reached = sorted((threshold.at, threshold.percent) for threshold in stands.reached)
    return Answer(stands.verdict, stands.breached_at, stands.elapsed, stands.due, [(p, at) for at, p in reached])


def right(asked: Ticket, ground: Ground) -> dict[int, Answer]:
    """The walk's answer by cycle."""
    closes = asked.policy["stops_at"] == "closed"
    found: dict[int, Answer] = {}
    for number, (start, resolved, _) in enumerate(asked.cycles):
        if start > asked.now or (closes and number and asked.cycles[number - 1][2] is None):
            continue
        later = [closed for _, _, closed in asked.cycles[number:] if closed is not None]
        stop = (later[0] if later else None) if closes else resolved
        found[number + 1] = Machine(_case(asked, start, stop), [ground]).answer()
    return found


def _case(asked: Ticket, start: int, stop: int | None) -> oracle.Case:
    rule, targets = asked.policy["priority_rule"], {r["id"].upper(): r["goals"] for r in asked.policy["rules"]}
    seconds = {name: int(goals["resolution"][:-1]) * 3600 for name, goals in targets.items()}
    known = asked.priorities[:1] if rule == "first" else asked.priorities
    target, mode = 0, "retroactive" if rule == "final" else asked.policy["change"]["priority"]
    changes, current = [], ""
    for at, value in known:
        if at <= start:
            target = seconds[value]
        elif seconds[value] != seconds[current]:
            changes.append(oracle.Change(at, seconds[value], mode))
        current = value
    pauses = tuple((begin, end) for begin, end, on in asked.waits if on in asked.policy["pause"])
    return oracle.Case(start, target, asked.now, pauses, tuple(changes), stop, last_only=rule == "final")


def differences(seed: int, count: int, place: World, ground: Ground) -> Iterator[Wrong]:
    """The tickets of one random world on which engine and walk differ."""
    rng = random.Random(f"ticket {seed}")
    for _ in range(count):
        asked = ticket(rng, place)
        mine, walked = said(asked, place), right(asked, ground)
        for cycle in sorted({*mine, *walked}):
            one, other = mine.get(cycle, Answer("missing")), walked.get(cycle, Answer("missing"))
            if other.due is None and one.due is not None and one.due > ground.last:
                one.due = None
            if one != other:
                yield Wrong(seed, asked, one, other)
