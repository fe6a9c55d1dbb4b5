"""Random schedules of services, the PSA and people: whatever the order, the desk comes to rest right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest
import structlog
from tests.schedules.twins.mutants import RIGHT, TWINS, rule_5_of_the_design

from .running import Verdict, explained, failing, run
from .world import Parts

SCHEDULES = int(os.environ.get("DESKSTREAM_SCHEDULES", "400"))
SEED = int(os.environ.get("DESKSTREAM_SCHEDULE_SEED", "0"))
ENOUGH, MOST = 3, 4000


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The services' warnings of gaps and parked facts are wanted here."""
    with structlog.testing.capture_logs():
        yield


def test_at_rest_every_replica_is_equal_and_right_and_the_psa_agrees() -> None:
    wrong = failing(RIGHT, range(SEED, SEED + SCHEDULES), most=1)
    assert not wrong, explained(RIGHT, wrong[0])


def test_a_seed_is_the_same_schedule_every_time() -> None:
    assert run(RIGHT, 7) == run(RIGHT, 7)


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found_soon(name, TWINS[name], capsys)


def test_awareness_as_it_was_first_designed_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    found_soon("rule 5 as first designed", RIGHT, capsys, rule_5_of_the_design())


def found_soon(
    name: str, parts: Parts, capsys: pytest.CaptureFixture[str], broken: AbstractContextManager[None] | None = None
) -> None:
    """A few failing schedules among the first thousands; says how many runs they took, and what the first one did."""
    with broken or nullcontext():
        found = failing(parts, range(MOST), most=ENOUGH)
    assert len(found) == ENOUGH, f"{name}: only {len(found)} of {MOST} schedules fail"
    with capsys.disabled():
        os.write(1, _figure(name, found).encode())


def _figure(name: str, found: list[Verdict]) -> str:
    runs = found[-1].seed + 1
    return f"\n  {name}: {len(found)} of {runs} schedules fail, e.g. seed {found[0].seed}: {found[0].wrong[0]}"
