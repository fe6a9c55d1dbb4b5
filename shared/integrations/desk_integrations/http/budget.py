"""A call budget that all processes of a service share: rows hold it, each process leases slices of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from desk_connectors.http import Clock
from desk_connectors.http.budget import BudgetSpent

SLICE_SECONDS = 5.0
"""Seconds for which a leased slice may be spent. Calls left in it after that are lost; the budget is never exceeded."""


@dataclass(frozen=True, slots=True)
class BudgetLimit:
    """`per_minute` calls on average, `burst` at once."""

    per_minute: float
    burst: int

    @property
    def slice(self) -> int:
        """Calls leased at once: five seconds' worth, at most a quarter of the burst, at least one."""
        return max(1, min(self.burst // 4, int(self.per_minute * SLICE_SECONDS / 60)))


@dataclass(frozen=True, slots=True)
class BudgetState:
    """One row: the calls that may be leased as of `refilled_at`, and the time before which nobody may call."""

    credit: float
    refilled_at: datetime
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """`calls` that may be made now, or none and the seconds after which it is worth asking again."""

    calls: int
    wait: float = 0.0


class BudgetRows(Protocol):
    """The rows of all instances."""

    async def lease(self, instance: str, limit: BudgetLimit, wanted: int) -> Lease: ...

    async def pause(self, instance: str, limit: BudgetLimit, seconds: float) -> None: ...


def lease(state: BudgetState | None, now: datetime, limit: BudgetLimit, wanted: int) -> tuple[BudgetState, Lease]:
    """The row after a lease of at most `wanted` calls, and the lease. No row yet is a full budget."""
    state = state or BudgetState(float(limit.burst), now)
    if state.paused_until is not None and now < state.paused_until:
        return state, Lease(0, (state.paused_until - now).total_seconds())
    rate = limit.per_minute / 60.0
    elapsed = max(0.0, (now - state.refilled_at).total_seconds())
    credit = min(float(limit.burst), state.credit + elapsed * rate)
    calls = min(wanted, int(credit + 1e-9))
    wait = 0.0 if calls else (1.0 - credit) / rate
    return BudgetState(credit - calls, now), Lease(calls, wait)


def pause(state: BudgetState | None, now: datetime, limit: BudgetLimit, seconds: float) -> BudgetState:
    """The row after the vendor asked for silence. It begins again with one call, so that its end is no stampede.

    A shorter pause never ends a longer one.
    """
    until = now + timedelta(seconds=seconds)
    if state is not None and state.paused_until is not None:
        until = max(until, state.paused_until)
    return BudgetState(1.0, until, until)


class LocalBudgetRows:
    """Rows in memory, for one process without a database, such as a check on the command line."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[str, BudgetState] = {}

    async def lease(self, instance: str, limit: BudgetLimit, wanted: int) -> Lease:
        state, leased = lease(self._states.get(instance), self._clock.now(), limit, wanted)
        self._states[instance] = state
        return leased

    async def pause(self, instance: str, limit: BudgetLimit, seconds: float) -> None:
        self._states[instance] = pause(self._states.get(instance), self._clock.now(), limit, seconds)


class SharedBudget:
    """The budget of one instance as one process uses it.

    Over any time the processes together make at most the budget's calls and one slice per process more. A process that
    holds a slice when another one is asked for silence may still spend it.
    """

    def __init__(self, rows: BudgetRows, instance: str, limit: BudgetLimit, clock: Clock) -> None:
        self._rows, self._instance, self._limit, self._clock = rows, instance, limit, clock
        self._calls, self._until = 0, 0.0
        self._one_lease = asyncio.Lock()

    async def take(self, longest_wait: float) -> None:
        """Wait for one call, at most `longest_wait` seconds. Raises `BudgetSpent` at once when it would take longer."""
        end = self._clock.monotonic() + longest_wait
        while (wait := await self._wait()) > 0:
            if self._clock.monotonic() + wait > end:
                raise BudgetSpent(wait)
            await self._clock.sleep(wait)

    async def pause(self, seconds: float) -> None:
        """Nobody calls for that long, because the vendor said so."""
        self._calls = 0
        await self._rows.pause(self._instance, self._limit, seconds)

    async def _wait(self) -> float:
        """0 and one call taken, or the seconds to wait."""
        async with self._one_lease:
            if self._calls > 0 and self._clock.monotonic() <= self._until:
                self._calls -= 1
                return 0.0
            leased = await self._rows.lease(self._instance, self._limit, self._limit.slice)
            if leased.calls < 1:
                return max(leased.wait, 0.001)
            self._calls, self._until = leased.calls - 1, self._clock.monotonic() + SLICE_SECONDS
            return 0.0
