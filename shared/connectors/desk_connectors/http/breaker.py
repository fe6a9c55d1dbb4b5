"""Circuit breaker of one vendor: the state of `desk.breaker`, by the connector's clock."""

from __future__ import annotations

from desk.breaker import Breaker
from desk_connectors.http.clock import Clock


class VendorBreaker:
    """Opens after `failures` in a row, and then admits one trial call every `cooldown` seconds. One thread."""

    def __init__(self, failures: int, cooldown: float, clock: Clock) -> None:
        self._state, self._clock = Breaker.of(failures, cooldown), clock

    @property
    def open(self) -> bool:
        return self._state.open

    def wait(self) -> float:
        """Seconds until a call may be made; 0 admits this call, as the trial call if the breaker is open."""
        self._state, seconds = self._state.admit(self._clock.monotonic())
        return seconds

    def succeeded(self) -> None:
        self._state = self._state.after_success()

    def failed(self) -> None:
        self._state = self._state.after_failure(self._clock.monotonic())
