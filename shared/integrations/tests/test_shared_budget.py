"""A call budget shared between processes: never more than the vendor allows, silence for everybody after a 429."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import Cursor

from desk_connectors.http import SystemClock, VendorRateLimited
from desk_connectors.http.budget import BudgetSpent
from desk_connectors.testing import FakeClock
from desk_integrations.http.budget import BudgetLimit, BudgetState, LocalBudgetRows, SharedBudget, lease, pause
from desk_integrations.http.budget_rows import CALL_BUDGETS, StoredBudgetRows
from desk_integrations.http.transport import BudgetedTransport
from desk_integrations.instances.credential_state import (
    REFUSED_CREDENTIALS,
    LocalCredentialState,
    StoredCredentialState,
)

NOW = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
LIMIT = BudgetLimit(per_minute=60.0, burst=8)
FAST = BudgetLimit(per_minute=600.0, burst=8)


def test_a_slice_is_five_seconds_worth_a_quarter_of_the_burst_and_at_least_one() -> None:
    limits = [LIMIT, BudgetLimit(6.0, 100), BudgetLimit(6000.0, 1000), BudgetLimit(1.0, 1)]
    assert [limit.slice for limit in limits] == [2, 1, 250, 1]


def test_a_new_budget_is_full_and_refills_with_time_up_to_the_burst() -> None:
    state, first = lease(None, NOW, LIMIT, 100)
    assert first.calls == 8
    state, none = lease(state, NOW, LIMIT, 2)
    assert (none.calls, none.wait) == (0, 1.0)
    state, some = lease(state, NOW + timedelta(seconds=3), LIMIT, 100)
    assert some.calls == 3
    _, full = lease(state, NOW + timedelta(hours=1), LIMIT, 100)
    assert full.calls == 8


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    _, leased = lease(BudgetState(1.0, NOW), NOW - timedelta(hours=1), LIMIT, 5)
    assert leased.calls == 1


def test_a_pause_silences_until_its_end_and_a_shorter_one_does_not_end_it() -> None:
    state = pause(pause(None, NOW, LIMIT, 60), NOW, LIMIT, 1)
    state, silent = lease(state, NOW + timedelta(seconds=59), LIMIT, 5)
    assert (silent.calls, silent.wait) == (0, 1.0)
    _, after = lease(state, NOW + timedelta(seconds=60), LIMIT, 5)
    assert after.calls == 1


async def test_a_caller_waits_for_the_budget_as_long_as_it_says_and_not_longer() -> None:
    clock = FakeClock()
    budget = SharedBudget(LocalBudgetRows(clock), "ninja", BudgetLimit(60.0, 1), clock)
    await budget.take(0)
    with pytest.raises(BudgetSpent) as spent:
        await budget.take(0.5)
    assert spent.value.wait == 1.0 and clock.slept == []
    await budget.take(2)
    assert clock.slept == [1.0]


async def test_what_is_left_of_a_slice_is_lost_after_five_seconds() -> None:
    clock = FakeClock()
    rows = LocalBudgetRows(clock)
    budget = SharedBudget(rows, "ninja", BudgetLimit(0.001, 8), clock)
    await budget.take(0)  # of a slice of one
    slices = SharedBudget(rows, "other", BudgetLimit(60.0, 8), clock)
    await slices.take(0)
    clock.advance(6)
    await slices.take(0)
    assert rows._states["other"].credit == 6.0


@pytest.fixture
def transaction(empty_database: str) -> Iterator[Callable[[Callable[[Cursor[Any]], Any]], Any]]:
    """Transactions on tables of our own; a connection each, as of different processes."""
    with psycopg.connect(empty_database) as connection:
        connection.execute(CALL_BUDGETS.encode())
        connection.execute(REFUSED_CREDENTIALS.encode())
    local = threading.local()
    connections: list[psycopg.Connection[Any]] = []

    def execute(work: Callable[[Cursor[Any]], Any]) -> Any:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(empty_database)
            connections.append(local.connection)
        with local.connection.transaction(), local.connection.cursor() as cursor:
            return work(cursor)

    yield execute
    for connection in connections:
        connection.close()


@pytest.mark.postgres
async def test_processes_together_make_no_more_calls_than_the_budget(transaction: Any) -> None:
    processes = [SharedBudget(StoredBudgetRows(transaction), "ninja", FAST, SystemClock()) for _ in range(4)]
    calls: list[float] = []

    async def caller(budget: SharedBudget) -> None:
        while time.monotonic() < end:
            try:
                await budget.take(0.2)
            except BudgetSpent:
                continue
            calls.append(time.monotonic())

    began = time.monotonic()
    end = began + 2.0
    await asyncio.gather(*(caller(budget) for budget in processes for _ in range(3)))
    elapsed = calls[-1] - began
    allowed = FAST.burst + elapsed * FAST.per_minute / 60 + 1
    assert FAST.burst < len(calls) <= allowed


@pytest.mark.postgres
async def test_a_429_met_by_one_process_silences_the_other(transaction: Any) -> None:
    first, second = (SharedBudget(StoredBudgetRows(transaction), "ninja", FAST, SystemClock()) for _ in range(2))
    await first.take(0)
    await first.pause(30)
    for budget in (first, second):
        with pytest.raises(BudgetSpent) as spent:
            await budget.take(1)
        assert 28 < spent.value.wait <= 30
    await SharedBudget(StoredBudgetRows(transaction), "another", FAST, SystemClock()).take(0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("Thu, 15 Jan 2026 14:10:20 GMT", 20.0), (None, 30.0), ("soon", 30.0)],
)
async def test_a_429_names_its_pause_in_seconds_as_a_date_by_the_vendors_clock_or_not(
    header: str | None, seconds: float
) -> None:
    clock = FakeClock()
    budget = SharedBudget(LocalBudgetRows(clock), "ninja", FAST, clock)
    headers = {"date": "Thu, 15 Jan 2026 14:10:00 GMT"} | ({"retry-after": header} if header else {})
    vendor = httpx.MockTransport(lambda request: httpx.Response(429, headers=headers))
    async with httpx.AsyncClient(transport=BudgetedTransport("ninjaone", budget, vendor)) as client:
        assert (await client.get("https://eu.ninjarmm.com/v2/devices")).status_code == 429
        with pytest.raises(VendorRateLimited) as limited:
            await client.get("https://eu.ninjarmm.com/v2/devices?q=secret")
    assert limited.value.retry_after == seconds
    assert "secret" not in str(limited.value)


@pytest.mark.postgres
async def test_refused_credentials_are_one_state_for_all_processes_and_new_ones_are_tried(transaction: Any) -> None:
    first, second = StoredCredentialState(transaction), StoredCredentialState(transaction)
    assert await first.blocked("ninja", "old") == 0
    assert await first.mark("ninja", "old")
    assert not await second.mark("ninja", "old")
    assert 890 < await second.blocked("ninja", "old") <= 900
    assert await second.blocked("ninja", "new") == 0
    assert await second.mark("ninja", "new")
    await first.clear("ninja")
    assert await second.blocked("ninja", "new") == 0


@pytest.mark.postgres
async def test_of_many_processes_that_meet_the_refusal_at_once_one_raises_the_alert(transaction: Any) -> None:
    states = [StoredCredentialState(transaction) for _ in range(8)]
    for credentials in ("old", "new"):
        marks = await asyncio.gather(*(state.mark("ninja", credentials) for state in states))
        assert sum(marks) == 1


async def test_refused_credentials_are_probed_after_a_quarter_of_an_hour() -> None:
    clock = FakeClock()
    state = LocalCredentialState(clock)
    assert await state.mark("ninja", "old") and not await state.mark("ninja", "old")
    assert await state.blocked("ninja", "old") == 900
    clock.advance(900)
    assert await state.blocked("ninja", "old") == 0
