"""Engine against oracle on random cases: ``python -m tests.oracle.oracle_run --cases 1000000``, in services/sla."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import load_calendar
from desk_sla.engine.clock import Clock, Pause, Position, Retarget
from desk_sla.engine.position import position

from . import oracle_history
from .oracle import Answer, Case, Ground
from .oracle_cases import case, sharpened
from .oracle_walk import Machine
from .oracle_worlds import World, world

CASES_A_WORLD = 200
TICKETS_A_WORLD = 10
Engine = Callable[[Case, list[Calendar]], Answer]


@dataclass(frozen=True)
class Difference:
    seed: int
    number: int
    place: World
    asked: Case
    said: Answer
    right: Answer


def engine(asked: Case, calendars: list[Calendar]) -> Answer:
    """The engine's answers for the case."""
    return _answer(position(clock(asked, calendars), calendars[0], asked.now))


def clock(asked: Case, calendars: list[Calendar]) -> Clock:
    return Clock(
        name="resolution",
        starts_at=asked.start,
        target=asked.target,
        pauses=tuple(Pause(start, end, "client") for start, end in asked.pauses),
        retargets=tuple(
            Retarget(change.at, change.target, change.mode, "", calendars[change.ground], change.due)  # type: ignore[arg-type]
            for change in asked.changes
        ),
        stops=() if asked.stop is None else (asked.stop,),
        cancelled_at=asked.cancelled,
        judged_by="last" if asked.last_only else "each",
        thresholds=asked.percents,
    )


def _answer(told: Position) -> Answer:
    running = sum(part.working for part in told.stretches if part.kind == "running")
    assert running + told.revision.carried == told.elapsed, "the stretches do not add up to the elapsed time"
    reached = sorted((one.at, one.percent) for one in told.reached)
    return Answer(told.verdict, told.breached_at, told.elapsed, told.due, [(p, at) for at, p in reached])


def agree(said: Answer, right: Answer, beyond: int) -> bool:
    """Equal; where the oracle saw no due time on its ground, the engine may know one behind it."""
    dues = said.due == right.due or (right.due is None and (said.due is None or said.due > beyond))
    same = (said.verdict, said.breached_at, said.elapsed, said.reached)
    return dues and same == (right.verdict, right.breached_at, right.elapsed, right.reached)


@lru_cache(maxsize=1)
def built(seed: int) -> tuple[World, list[Ground]]:
    """The world of a seed: its clocks and tickets share it."""
    place = world(random.Random(seed))
    return place, place.grounds()


def compare(seed: int, count: int, answer: Engine = engine) -> Iterator[Difference]:
    """The differences among ``count`` cases of one random world."""
    rng = random.Random(f"clock {seed}")
    place, grounds = built(seed)
    calendars = [Calendar(load_calendar({**document, "zone": place.zone})) for document in place.documents]
    for number in range(count):
        asked = case(rng, place)
        right = Machine(asked, grounds).answer()
        if right.due is not None and right.due < grounds[0].last - 8000 and rng.random() < 0.3:
            asked = sharpened(rng, asked, right.due)
            right = Machine(asked, grounds).answer()
        said = answer(asked, calendars)
        if not agree(said, right, grounds[0].last):
            yield Difference(seed, number, place, asked, said, right)


def tickets(seed: int, count: int) -> Iterator[oracle_history.Wrong]:
    """The differences among ``count`` whole tickets of one random world."""
    place, grounds = built(seed)
    yield from oracle_history.differences(seed, count, place, grounds[0])


def _slice(seed: int) -> list[object]:
    return [*compare(seed, CASES_A_WORLD - TICKETS_A_WORLD), *tickets(seed, TICKETS_A_WORLD)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    begun, found, done = time.monotonic(), 0, 0
    seeds = range(wanted.seed, wanted.seed + -(-wanted.cases // CASES_A_WORLD))
    with ProcessPoolExecutor(wanted.workers) as pool:
        for differences in pool.map(_slice, seeds, chunksize=16):
            done += CASES_A_WORLD
            found += len(differences)
            for one in differences[:3]:
                sys.stdout.write(f"{one}\n")
            if done % 50_000 == 0:
                sys.stdout.write(f"{done} cases, {found} differences, {time.monotonic() - begun:.0f} s\n")
                sys.stdout.flush()
    sys.stdout.write(f"{done} cases, {found} differences, {time.monotonic() - begun:.0f} s, seeds from {wanted.seed}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
