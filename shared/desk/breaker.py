"""Circuit breaker as a pure state machine: after failures in a row calls are refused, and single trials test recovery.

Imports nothing, so that connectors and the event store share it. Callers keep the state, and pass the time.
"""

from __future__ import annotations

from typing import NamedTuple


class Breaker(NamedTuple):
    """Open after `limit` failures in a row. While open, it admits one trial call every `cooldown` seconds.

    Times are monotonic seconds. A trial that never reports its result (cancelled, killed) blocks no other: the next is
    due once its longest duration and a cool-down are over.
    """

    limit: int
    cooldown: float
    failures: int = 0
    next_trial: float = 0.0

    @classmethod
    def of(cls, limit: int, cooldown: float) -> Breaker:
        """A closed breaker. ValueError for a limit below 1 or a cool-down that is not above 0."""
        if limit < 1 or cooldown <= 0:
            raise ValueError("a breaker needs limit >= 1 and cooldown > 0")
        return cls(limit, cooldown)

    @property
    def open(self) -> bool:
        """Whether calls are refused, except trials."""
        return self.failures >= self.limit

    def admit(self, now: float, longest: float = 0.0) -> tuple[Breaker, float]:
        """The state after a request to call, and the seconds until a call may be made.

        0 admits this call: as a trial of at most `longest` seconds if the breaker is open.
        """
        if not self.open:
            return self, 0.0
        if now < self.next_trial:
            return self, self.next_trial - now
        return self._replace(next_trial=now + longest + self.cooldown), 0.0

    def after_failure(self, now: float) -> Breaker:
        """The state after a call that failed at `now`."""
        failed = self._replace(failures=self.failures + 1)
        return failed._replace(next_trial=now + self.cooldown) if failed.open else failed

    def after_success(self) -> Breaker:
        """The state after a call that was answered: closed."""
        return self._replace(failures=0) if self.failures else self
