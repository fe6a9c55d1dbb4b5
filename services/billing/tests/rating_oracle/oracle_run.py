"""Engine against oracle: ``python -m tests.rating_oracle.oracle_run --cases N``, in services/billing."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from desk_billing.rating.trial.answer import Answer, Trial

from .oracle import Oracle, Part
from .oracle_worlds import Document, world

Line = tuple[int, int, str, str, str, str, Fraction | None, Fraction]
Lines = dict[str, list[Line]]
Engine = Callable[[Document], Answer]
WORLDS = 50


@dataclass(frozen=True)
class Difference:
    """A world on which the two answers differ."""

    seed: int
    said: object
    right: object


def engine(world_: Document) -> Answer:
    """The engine's answer for a world."""
    return Trial(world_).answer


def of_engine(answer: Answer) -> tuple[Lines, dict[str, Fraction]]:
    lines = {
        entry: [
            (
                one.minutes,
                one.charged,
                one.band,
                one.billing_class,
                one.reason or "",
                one.pool or "",
                None if one.rate is None else Fraction(one.rate),
                Fraction(one.amount),
            )
            for one in own
        ]
        for entry, own in answer.entries.items()
    }
    return lines, {name: Fraction(str(pool.left)) for name, pool in answer.pools.items()}


def of_oracle(parts: dict[str, list[Part]], left: dict[str, Fraction]) -> tuple[Lines, dict[str, Fraction]]:
    lines = {entry: [_line(part) for part in own] for entry, own in parts.items()}
    return lines, left


def _line(part: Part) -> Line:
    amount = part.amount if part.kind in ("billable", "prepaid") else Fraction(0)
    rate = None if part.rate is None else _nine(part.rate)
    return part.minutes, part.charged, part.state.band, part.kind, part.reason, part.pool, rate, amount


def _nine(rate: Fraction) -> Fraction:
    """A rate as it is printed, to nine decimals."""
    return Fraction(int(rate * 10**9 + Fraction(1, 2)), 10**9)


def difference(seed: int, answer: Engine = engine) -> Difference | None:
    """The difference on the world of a seed; None when they agree."""
    asked = world(seed)
    found = answer(asked)
    assert found.refused == [], found.refused
    oracle = Oracle(asked)
    right = of_oracle(oracle.answer(), oracle.left)
    said = of_engine(found)
    return None if said == right else Difference(seed, said, right)


def entries(seed: int) -> int:
    return len(world(seed)["entries"])


def compare(seeds: range, answer: Engine = engine) -> Iterator[Difference]:
    """The differences among the worlds of the seeds."""
    for seed in seeds:
        if (found := difference(seed, answer)) is not None:
            yield found


def _slice(first: int) -> tuple[int, list[Any]]:  # Any: differences
    seeds = range(first, first + WORLDS)
    return sum(entries(seed) for seed in seeds), list(compare(seeds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="entries to rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    begun, done, found, first = time.monotonic(), 0, 0, wanted.seed
    with ProcessPoolExecutor(wanted.workers) as pool:
        while done < wanted.cases:
            firsts = range(first, first + WORLDS * wanted.workers * 8, WORLDS)
            for count, differences in pool.map(_slice, firsts):
                done, found = done + count, found + len(differences)
                for one in differences[:3]:
                    sys.stdout.write(f"{one}\n")
            first = firsts.stop
            sys.stdout.write(f"{done} entries, {found} worlds differ, {time.monotonic() - begun:.0f} s\n")
            sys.stdout.flush()
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
