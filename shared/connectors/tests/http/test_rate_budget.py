"""The rate budget of a vendor."""

import asyncio

import pytest

from desk_connectors.http.budget import BudgetSpent, TokenBucket
from desk_connectors.testing import FakeClock


async def test_a_burst_is_served_at_once_and_the_next_call_waits_for_its_token() -> None:
    clock = FakeClock()
    bucket = TokenBucket(per_minute=60, burst=3, clock=clock)
    for _ in range(3):
        await bucket.take(10)
    assert clock.slept == []
    await bucket.take(10)
    assert clock.slept == [1.0]


async def test_a_call_that_would_wait_too_long_is_refused_at_once_and_takes_nothing() -> None:
    clock = FakeClock()
    bucket = TokenBucket(per_minute=60, burst=1, clock=clock)
    await bucket.take(0)
    with pytest.raises(BudgetSpent) as spent:
        await bucket.take(0.5)
    assert spent.value.wait == pytest.approx(1.0)
    clock.advance(1)
    await bucket.take(0)
    assert clock.slept == []


async def test_callers_are_served_in_the_order_in_which_they_asked() -> None:
    clock = FakeClock()
    bucket = TokenBucket(per_minute=60, burst=1, clock=clock)
    served: list[int] = []

    async def call(number: int) -> None:
        await bucket.take(100)
        served.append(number)

    await asyncio.gather(*(call(number) for number in range(5)))
    assert served == [0, 1, 2, 3, 4]
    assert clock.seconds == pytest.approx(4.0)


async def test_nobody_calls_while_the_vendor_asked_for_silence() -> None:
    clock = FakeClock()
    bucket = TokenBucket(per_minute=600, burst=20, clock=clock)
    bucket.pause(30)
    bucket.pause(5)
    with pytest.raises(BudgetSpent) as spent:
        await bucket.take(5)
    assert spent.value.wait == pytest.approx(30)
    assert not bucket.try_take()
    clock.advance(30)
    assert bucket.try_take()


async def test_the_end_of_a_silence_is_no_stampede() -> None:
    clock = FakeClock()
    bucket = TokenBucket(per_minute=60, burst=10, clock=clock)
    bucket.pause(30)
    clock.advance(30)
    assert [bucket.try_take() for _ in range(3)] == [True, False, False]


async def test_who_waits_when_a_silence_begins_queues_again_behind_it() -> None:
    clock = FakeClock()
    bucket = TokenBucket(per_minute=60, burst=1, clock=clock)
    await bucket.take(0)
    waiting = asyncio.create_task(bucket.take(60))
    await asyncio.sleep(0)
    bucket.pause(20)
    await waiting
    assert clock.seconds == pytest.approx(20.0)


async def test_a_caller_that_cannot_wait_for_the_end_of_a_pause_is_refused() -> None:
    clock = FakeClock()
    bucket = TokenBucket(per_minute=60, burst=1, clock=clock)
    await bucket.take(0)
    waiting = asyncio.create_task(bucket.take(5))
    await asyncio.sleep(0)
    bucket.pause(20)
    with pytest.raises(BudgetSpent):
        await waiting


@pytest.mark.parametrize(("per_minute", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_budget_that_admits_nothing_is_refused(per_minute: float, burst: int) -> None:
    with pytest.raises(ValueError, match="rate budget"):
        TokenBucket(per_minute, burst, FakeClock())
