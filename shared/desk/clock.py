"""Sources of time and ids for the pure core: clocks, UUIDv7 (RFC 9562), the hybrid logical clock of `recordedtime`."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

TICK = timedelta(microseconds=1)
DRIFT = timedelta(days=1)
COUNTER_BITS = 12
COUNTER_END = 1 << COUNTER_BITS
TAIL_BYTES = 8


class Clock(Protocol):
    """The source of the present time."""

    def now(self) -> datetime:
        """The present time: aware, in UTC, with microseconds."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ClockDrift(ValueError):
    """A peer's recordedtime is too far ahead; adopting it would move every later fact into the future."""


class Uuid7:
    """Monotonic UUIDv7: milliseconds, a 12-bit counter from a random start, 62 random bits. Thread-safe.

    When the clock does not advance or goes back, the last time is used again; a full counter borrows the next
    millisecond.
    """

    def __init__(self, clock: Clock | None = None, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._clock = clock or SystemClock()
        self._random = random
        self._lock = threading.Lock()
        self._millis, self._counter = 0, 0

    def __call__(self) -> UUID:
        """The next id, greater than every earlier one of this generator."""
        tail = int.from_bytes(self._random(TAIL_BYTES)) & ((1 << 62) - 1)
        with self._lock:
            millis, counter = self._step()
        return UUID(int=millis << 80 | 7 << 76 | counter << 64 | 2 << 62 | tail)

    def _step(self) -> tuple[int, int]:
        millis = int(self._clock.now().timestamp() * 1000)
        if millis > self._millis:
            self._millis, self._counter = millis, int.from_bytes(self._random(2)) % (COUNTER_END // 2)
        elif self._counter + 1 < COUNTER_END:
            self._counter += 1
        else:
            self._millis, self._counter = self._millis + 1, 0
        return self._millis, self._counter


class HybridClock:
    """Hybrid logical clock: facts recorded after a replicated fact get a later time than that fact. Thread-safe.

    Times are strictly increasing per clock. One clock per store; `start` is the last recordedtime in the store.
    """

    def __init__(self, clock: Clock | None = None, start: datetime | None = None, drift: timedelta = DRIFT) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._drift = drift
        self._last = start or datetime(1970, 1, 1, tzinfo=UTC)

    def tick(self) -> datetime:
        """The next recordedtime: max(now, last time returned or observed + 1 us)."""
        with self._lock:
            self._last = max(self._clock.now(), self._last + TICK)
            return self._last

    def observe(self, recorded: datetime) -> None:
        """Observe a peer's recordedtime (aware). ClockDrift when it lies more than `drift` ahead of now."""
        with self._lock:
            ahead = recorded - self._clock.now()
            if ahead > self._drift:
                raise ClockDrift(f"recordedtime is {ahead.total_seconds():.0f} s ahead; set the clock of its service")
            self._last = max(self._last, recorded)
