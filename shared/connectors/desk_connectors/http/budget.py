"""Rate budget per vendor credential: first come, first served, and paused while the vendor asks for it."""

from __future__ import annotations

from desk_connectors.http.clock import Clock


class BudgetSpent(Exception):
    """No call may be made for `wait` seconds, which is more than the caller allows. Nothing was taken."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"no call may be made for {wait:.1f} s")
        self.wait = wait


class TokenBucket:
    """`per_minute` calls on average, `burst` at once. Callers are served in the order of their requests."""

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
        """Wait for one token, at most `longest_wait` seconds; raises `BudgetSpent` at once if it takes longer.

        Callers that wait when a pause begins queue again behind it, so that they do not all call at its end.
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
        """Take one token if it is available now."""
        if self._needed() > 0:
            return False
        self._tokens -= 1.0
        return True

    def pause(self, seconds: float) -> None:
        """Stop all calls for that long, because the vendor asked for it. A shorter pause never ends a longer one."""
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
