"""Schedules: lists of steps that mean something in any state, so that a failing one can be made shorter."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

WEIGHTS = {
    "person": 26,
    "psa": 14,
    "webhook": 14,
    "write": 20,
    "relay": 22,
    "hear": 40,
    "again": 2,
    "lose": 1,
    "mend": 2,
    "die": 3,
    "later": 2,
    "poll": 2,
    "calm": 20,
}


class Step(NamedTuple):
    """One step: what, and two random numbers that choose among what is possible then."""

    what: str
    first: int
    second: int


def schedule(seed: int) -> list[Step]:
    """The steps of a seed: 20 to 110, mixed by one of several moods, so that some runs are slow at relaying, others at
    writing back. Services catch up at once in every second one, so that people act while the desk writes.
    """
    random = Random(seed)
    weights = {kind: weight for kind, weight in WEIGHTS.items() if kind != "calm" or seed % 2 == 0}
    for slow in random.sample(sorted(weights), 2):
        weights[slow] = max(1, weights[slow] // 4)
    kinds = random.choices(list(weights), list(weights.values()), k=random.randint(20, 110))
    return [Step(kind, random.getrandbits(20), random.getrandbits(20)) for kind in kinds]
