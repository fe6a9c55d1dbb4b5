"""A seed becomes a verdict; a failing schedule becomes a short one that a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.schedules.checks.drained import rest
from tests.schedules.checks.invariants import judge

from .schedule import Step, schedule
from .steps import Run
from .world import Parts


class Verdict(NamedTuple):
    """The faults of a seed (none: passed), and the schedule as lines."""

    seed: int
    wrong: tuple[str, ...]
    told: tuple[str, ...]


def run(parts: Parts, seed: int, steps: Sequence[Step] | None = None) -> Verdict:
    """Carry out the schedule of a seed (or these steps in its world), let everything come to rest, and judge it."""
    one = Run(parts, seed)
    with parts.patched():
        try:
            one.go(schedule(seed) if steps is None else steps)
            one.world.say("-- nobody acts any more --")
            rest(one)
            wrong = judge(one)
        except Exception as error:
            wrong = [*one.world.wrong, f"{type(error).__name__}: {error.__context__ or error}"]
        finally:
            one.world.gateway.close()
    return Verdict(seed, tuple(wrong), tuple(one.world.told))


def shortest(parts: Parts, seed: int) -> Verdict:
    """The failing schedule of a seed without every step that the failure does not need."""
    steps = schedule(seed)
    size = max(1, len(steps) // 2)
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            if run(parts, seed, fewer).wrong:
                steps = fewer
            else:
                at += size
        size //= 2
    return run(parts, seed, steps)


def failing(parts: Parts, seeds: Sequence[int], most: int = 0) -> list[Verdict]:
    """The verdicts of the seeds that fail, at most `most` (0: all)."""
    found: list[Verdict] = []
    for seed in seeds:
        verdict = run(parts, seed)
        if verdict.wrong:
            found.append(verdict)
            if len(found) == most:
                break
    return found


def explained(parts: Parts, verdict: Verdict) -> str:
    """The seed, what is wrong, and the shortest schedule that still fails."""
    short = shortest(parts, verdict.seed)
    return "\n".join([f"seed {verdict.seed}", *(f"  wrong: {line}" for line in short.wrong), *short.told])
