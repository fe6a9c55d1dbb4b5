"""The engine against the oracle; and the oracle against engines that are wrong."""

from __future__ import annotations

import msgspec
import pytest

from desk_billing.rating.trial.answer import Answer, LineAnswer

from .oracle_run import compare, difference, engine, entries
from .oracle_twins import TWINS
from .oracle_worlds import Document, world


@pytest.mark.parametrize("first", range(700_000, 700_500, 50))
def test_engine_and_minute_walk_agree_on_random_worlds(first: int) -> None:
    assert list(compare(range(first, first + 50))) == []


@pytest.mark.parametrize("twin", sorted(TWINS))
def test_a_broken_engine_is_found(twin: str) -> None:
    seeds = range(700_000, 700_400)
    assert next((seed for seed in seeds if difference(seed, TWINS[twin]) is not None), None) is not None


def test_an_answer_off_by_a_cent_is_found() -> None:
    def dearer(asked: Document) -> Answer:
        answer = engine(asked)
        return msgspec.structs.replace(answer, entries={name: _dearer(own) for name, own in answer.entries.items()})

    assert any(difference(seed, dearer) is not None for seed in range(700_000, 700_010))


def _dearer(lines: list[LineAnswer]) -> list[LineAnswer]:
    """The lines with another last digit of each billable amount."""
    return [
        msgspec.structs.replace(one, amount=one.amount[:-1] + str((int(one.amount[-1]) + 1) % 10))
        if one.billing_class == "billable"
        else one
        for one in lines
    ]


def test_worlds_repeat_by_seed_and_are_crowded() -> None:
    assert world(5) == world(5)
    made = [world(seed) for seed in range(200)]
    assert sum(entries(seed) for seed in range(200)) > 800
    assert len({one["calendar"]["zone"] for one in made}) == 6
    assert sum(bool(one["pools"]) for one in made) > 80
    assert sum(bool(one["terms"]) for one in made) > 80
