"""The breaker lets one caller wait for a database that does not answer, and refuses the others at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desk.eventstore.connections.breaker import DatabaseBreaker, DatabaseUnavailable

PATIENCE = 2.0


class Seconds:
    """A clock that is set by the test."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def breaker(seconds: Seconds) -> DatabaseBreaker:
    return DatabaseBreaker(0.5, seconds)


def refused(breaker: DatabaseBreaker) -> bool:
    try:
        breaker.check(PATIENCE)
    except DatabaseUnavailable:
        return True
    return False


def test_every_caller_may_wait_while_the_database_answers(breaker: DatabaseBreaker) -> None:
    assert not refused(breaker)
    assert not refused(breaker)


def test_after_a_failure_nobody_waits_until_the_cooldown_and_then_one_does(
    breaker: DatabaseBreaker, seconds: Seconds
) -> None:
    breaker.record_failure()
    assert refused(breaker)
    seconds.now += 0.6
    assert [refused(breaker) for _ in range(3)] == [False, True, True]


def test_a_success_closes_the_breaker(breaker: DatabaseBreaker, seconds: Seconds) -> None:
    breaker.record_failure()
    seconds.now += 0.6
    breaker.check(PATIENCE)
    breaker.record_success()
    assert breaker.closed
    assert not refused(breaker)


@pytest.mark.parametrize("after", [lambda breaker: breaker.record_failure(), lambda breaker: None])
def test_another_caller_tries_when_the_first_one_failed_or_never_returned(
    breaker: DatabaseBreaker, seconds: Seconds, after: Callable[[DatabaseBreaker], None]
) -> None:
    breaker.record_failure()
    seconds.now += 0.6
    breaker.check(PATIENCE)
    seconds.now += PATIENCE
    after(breaker)
    assert refused(breaker)
    seconds.now += 0.6
    assert not refused(breaker)
