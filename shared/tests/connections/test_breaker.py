"""Who waits for a database that fell silent, and who is refused at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desk.eventstore.connections.breaker import Breaker, DatabaseUnavailable

PATIENCE = 2.0


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def breaker(seconds: Seconds) -> Breaker:
    return Breaker(0.5, seconds)


def refused(breaker: Breaker) -> bool:
    try:
        breaker.check(PATIENCE)
    except DatabaseUnavailable:
        return True
    return False


def test_everybody_may_wait_while_nobody_waited_in_vain(breaker: Breaker) -> None:
    assert not refused(breaker)
    assert not refused(breaker)


def test_after_a_wait_in_vain_nobody_waits_for_a_moment_and_then_one_does(breaker: Breaker, seconds: Seconds) -> None:
    breaker.record_failure()
    assert refused(breaker)
    seconds.now += 0.6
    assert [refused(breaker) for _ in range(3)] == [False, True, True]


def test_an_answer_lets_everybody_in_again(breaker: Breaker, seconds: Seconds) -> None:
    breaker.record_failure()
    seconds.now += 0.6
    breaker.check(PATIENCE)
    breaker.record_success()
    assert breaker.closed
    assert not refused(breaker)


@pytest.mark.parametrize("after", [lambda breaker: breaker.silent(), lambda breaker: None])
def test_another_tries_when_the_one_that_tried_heard_nothing_or_never_came_back(
    breaker: Breaker, seconds: Seconds, after: Callable[[Breaker], None]
) -> None:
    breaker.record_failure()
    seconds.now += 0.6
    breaker.check(PATIENCE)
    seconds.now += PATIENCE
    after(breaker)
    assert refused(breaker)
    seconds.now += 0.6
    assert not refused(breaker)
