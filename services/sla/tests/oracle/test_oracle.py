"""The engine against the oracle; and the oracle against engines that are wrong."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from . import oracle_twins
from .oracle_run import Engine, compare, engine, tickets
from .oracle_worlds import world


@pytest.mark.parametrize("seed", range(700_000, 700_024))
def test_engine_and_walk_agree_on_random_clocks(seed: int) -> None:
    assert list(compare(seed, 100)) == []


@pytest.mark.parametrize("seed", range(700_000, 700_012))
def test_engine_and_walk_agree_on_random_tickets(seed: int) -> None:
    assert list(tickets(seed, 50)) == []


@pytest.mark.parametrize(
    "twin", [oracle_twins.zone_ignored, oracle_twins.shifted_by_wall_clock, oracle_twins.pauses_summed]
)
def test_a_broken_engine_is_found(twin: Engine) -> None:
    found = [one for seed in range(6) for one in compare(seed, 60, twin)]
    assert found
    assert all(one.said != one.right for one in found)


def test_a_twin_that_only_sums_overlapping_pauses_is_found_only_where_pauses_overlap() -> None:
    found = [one for seed in range(4) for one in compare(seed, 100, oracle_twins.pauses_summed)]
    assert found
    assert all(len(one.asked.pauses) > 1 for one in found)


def test_an_answer_off_by_one_second_is_found() -> None:
    def late(asked: object, calendars: object) -> object:
        told = engine(asked, calendars)  # type: ignore[arg-type]
        return replace(told, elapsed=told.elapsed + 1)

    assert len(list(compare(1, 20, late))) == 20  # type: ignore[arg-type]


def test_worlds_differ_by_seed_and_repeat_by_seed() -> None:
    assert world(random.Random(5)) == world(random.Random(5))
    assert len({world(random.Random(seed)).zone for seed in range(60)}) > 20
