"""Circuit breaker per vendor: after consecutive failures calls fail at once, and single trial calls test recovery."""

from __future__ import annotations

from desk_connectors.http.clock import Clock


class Breaker:
    """Opens after `failures` in a row. While open, it admits one trial call every `cooldown` seconds.

    A trial call that never reports its result (cancelled, killed) blocks no other: the next is due a cooldown later.
    """

    def __init__(self, failures: int, cooldown: float, clock: Clock) -> None:
        if failures < 1 or cooldown <= 0:
            raise ValueError("a breaker needs failures >= 1 and cooldown > 0")
        self._limit = failures
        self._cooldown = cooldown
        self._clock = clock
        self._run = 0
        self._next_try = 0.0

    @property
    def open(self) -> bool:
        return self._run >= self._limit

    def wait(self) -> float:
        """Seconds until a call may be made; 0 admits this call, as the trial call if the breaker is open."""
        if not self.open:
            return 0.0
        now = self._clock.monotonic()
        if now < self._next_try:
            return self._next_try - now
        self._next_try = now + self._cooldown
        return 0.0

    def succeeded(self) -> None:
        self._run = 0

    def failed(self) -> None:
        self._run += 1
        if self.open:
            self._next_try = self._clock.monotonic() + self._cooldown
