"""The breaker as a state machine: refusals while open, one trial per cool-down, closed by an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.breaker import Breaker

COOLDOWN = 15.0
Steps = st.lists(st.tuples(st.sampled_from(["admit", "failure", "success"]), st.floats(0, 30)), max_size=40)


def failed(breaker: Breaker, times: int, now: float) -> Breaker:
    for _ in range(times):
        breaker = breaker.after_failure(now)
    return breaker


def test_calls_are_admitted_until_the_limit_of_failures_in_a_row() -> None:
    breaker = failed(Breaker.of(3, COOLDOWN), 2, 0.0)
    assert (breaker.open, breaker.admit(0.0)) == (False, (breaker, 0.0))
    assert failed(breaker.after_success(), 2, 0.0).open is False
    assert failed(breaker, 1, 0.0).open is True


def test_an_open_breaker_names_the_seconds_to_its_next_trial() -> None:
    breaker = failed(Breaker.of(1, COOLDOWN), 1, 100.0)
    assert breaker.admit(104.0) == (breaker, 11.0)
    trying, seconds = breaker.admit(115.0)
    assert (seconds, trying.admit(115.0)[1]) == (0.0, COOLDOWN)


def test_a_trial_that_never_reports_blocks_nobody_beyond_its_longest_duration() -> None:
    trying, _ = failed(Breaker.of(1, COOLDOWN), 1, 0.0).admit(15.0, longest=2.0)
    assert trying.admit(31.9)[1] == pytest.approx(0.1)
    assert trying.admit(32.0)[1] == 0.0


def test_a_failed_trial_begins_another_cooldown_and_an_answer_closes() -> None:
    trying, _ = failed(Breaker.of(1, COOLDOWN), 1, 0.0).admit(15.0)
    assert trying.after_failure(16.0).admit(30.9)[1] == pytest.approx(0.1)
    assert trying.after_success() == Breaker.of(1, COOLDOWN)._replace(next_trial=30.0)
    assert trying.after_success().admit(16.0)[1] == 0.0


@pytest.mark.parametrize(("limit", "cooldown"), [(0, 1.0), (-1, 1.0), (1, 0.0), (1, -1.0)])
def test_a_breaker_that_could_never_close_is_refused(limit: int, cooldown: float) -> None:
    with pytest.raises(ValueError, match="limit >= 1 and cooldown > 0"):
        Breaker.of(limit, cooldown)


@given(st.integers(1, 4), Steps)
def test_while_open_trials_are_a_cooldown_apart_and_calls_are_refused_between(
    limit: int, steps: list[tuple[str, float]]
) -> None:
    breaker, now, failures, last = Breaker.of(limit, COOLDOWN), 0.0, 0, float("-inf")
    for step, passed in steps:
        now += passed
        if step == "failure":
            breaker, failures = breaker.after_failure(now), failures + 1
            last = now if failures >= limit else last
        elif step == "success":
            breaker, failures = breaker.after_success(), 0
        else:
            breaker, seconds = breaker.admit(now)
            if failures < limit:
                assert seconds == 0.0
            elif seconds == 0.0:
                assert now - last >= COOLDOWN * (1 - 1e-9)
                last = now
            else:
                assert 0.0 < seconds <= COOLDOWN * (1 + 1e-9)
        assert breaker.open == (failures >= limit)
