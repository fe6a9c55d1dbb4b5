"""The rate limit of an API key, and the headers that report it."""

from desk_simulators.kit.rate_limit import RateLimit

WINDOW = 60


class ReportedLimit(RateLimit):
    """A limit whose remainder is reported with every answer."""

    def headers(self, key: str) -> dict[str, str]:
        """`ratelimit-*` after the last request of the key; none without a limit."""
        budget = self._budget()
        if budget is None:
            return {}
        spent = self._spent[key]
        age = self._now().timestamp() - spent[0] if spent else 0.0
        return {
            "ratelimit-limit": str(budget),
            "ratelimit-remaining": str(max(0, budget - len(spent))),
            "ratelimit-reset": str(max(1, round(WINDOW - age))),
        }
