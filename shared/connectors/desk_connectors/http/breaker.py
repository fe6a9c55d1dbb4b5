"""A breaker per vendor: after a run of failures calls fail at once, and one try at a time finds out when it is back."""

from __future__ import annotations

from desk_connectors.http.clock import Clock


class Breaker:
    """Opens after `failures` in a row. Open, it lets one call through every `cooldown` seconds.

    A try that never reports back (cancelled, killed) blocks nobody: the next one is due a cooldown later.
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
        """Seconds until a call may be made; 0 admits this call, and while open makes it the one try."""
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
