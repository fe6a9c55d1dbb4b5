"""Request budgets over a sliding window of the simulated clock."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime


class RateLimit:
    """Counts requests by key. `budget` is asked at each request; None = no limit."""

    def __init__(
        self, now: Callable[[], datetime], budget: Callable[[], int | None], window_seconds: float = 60.0
    ) -> None:
        self._now = now
        self._budget = budget
        self._window = window_seconds
        self._spent: defaultdict[str, deque[float]] = defaultdict(deque)

    def spend(self, key: str = "") -> int | None:
        """Count one request. Returns None when it is within the budget, else whole seconds until there is room."""
        budget = self._budget()
        if budget is None:
            return None
        now, spent = self._now().timestamp(), self._spent[key]
        while spent and now - spent[0] >= self._window:
            spent.popleft()
        if len(spent) < budget:
            spent.append(now)
            return None
        oldest = spent[0] if spent else now
        return max(1, math.ceil(self._window - (now - oldest)))
