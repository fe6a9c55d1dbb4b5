"""A rate budget per vendor credential: first come, first served, and silent while the vendor asks for it."""

from __future__ import annotations

from desk_connectors.http.clock import Clock


class BudgetSpent(Exception):
    """No call may be made for `wait` seconds, longer than the caller would wait. Nothing was taken."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"no call may be made for {wait:.1f} s")
        self.wait = wait


class TokenBucket:
    """`per_minute` calls on average, `burst` at once. Callers are served in the order in which they asked."""

    def __init__(self, per_minute: float, burst: int, clock: Clock) -> None:
        if per_minute <= 0 or burst < 1:
            raise ValueError("a rate budget needs per_minute > 0 and burst >= 1")
        self._rate = per_minute / 60.0
        self._burst = float(burst)
        self._clock = clock
        self._tokens = float(burst)
        self._at = clock.monotonic()
        self._silent_until = self._at
        self._pauses = 0

    async def take(self, longest_wait: float) -> None:
        """Waits for one call's worth, at most `longest_wait` seconds; raises `BudgetSpent` at once if it takes longer.

        Who waits when a pause begins queues again behind it, so that the end of the pause is no stampede.
        """
        left = longest_wait
        pauses = -1
        while pauses != self._pauses:
            wait = self._needed()
            if wait > left:
                raise BudgetSpent(wait)
            self._tokens -= 1.0
            pauses = self._pauses
            if wait > 0:
                await self._clock.sleep(wait)
                left -= wait

    def try_take(self) -> bool:
        """Takes one call's worth if it is there now."""
        if self._needed() > 0:
            return False
        self._tokens -= 1.0
        return True

    def pause(self, seconds: float) -> None:
        """Nobody calls for that long, because the vendor said so. A shorter pause never ends a longer one."""
        now = self._clock.monotonic()
        self._silent_until = max(self._silent_until, now + seconds)
        self._tokens = 1.0 - (self._silent_until - now) * self._rate
        self._at = now
        self._pauses += 1

    def _needed(self) -> float:
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (1.0 - self._tokens) / self._rate)
