"""Every call that a simulator answered and every webhook attempt that it made, for tests and trials to query."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request.

    `path` is below the API root; `member` the caller (member or API client) or None without valid credentials; `wrote`
    whether records changed, answered or not; `answered` false when the caller never got the answer in time.
    """

    seq: int
    at: str
    method: str
    path: str
    query: str
    status: int
    body: Any
    member: str | None
    answered: bool = True
    wrote: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a webhook. `status` is None where no answer came.

    `outcome`: delivered, retried (comes again), failed (given up), lost (fault: never sent) or dropped (the
    registration is gone or switched off).
    """

    seq: int
    at: str
    callback_id: int
    message_id: str
    type: str
    action: str
    record_id: int
    url: str
    attempt: int
    status: int | None
    outcome: str
    reason: str = ""


class Ledger:
    """`capacity` bounds the entries kept (None = all); the counters always cover everything."""

    def __init__(self, capacity: int | None = None) -> None:
        self.calls: deque[ApiCall] = deque(maxlen=capacity)
        self.attempts: deque[Attempt] = deque(maxlen=capacity)
        self.calls_by_member: Counter[str] = Counter()
        self.writes_by_member: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.outcomes: Counter[str] = Counter()
        self._numbers = count(1)

    def called(self, **values: Any) -> ApiCall:
        call = ApiCall(seq=next(self._numbers), **values)
        self.calls.append(call)
        self.statuses[call.status] += 1
        self.calls_by_member[call.member or ""] += 1
        if call.wrote:
            self.writes_by_member[call.member or ""] += 1
        return call

    def attempted(self, **values: Any) -> Attempt:
        attempt = Attempt(seq=next(self._numbers), **values)
        self.attempts.append(attempt)
        self.outcomes[attempt.outcome] += 1
        return attempt

    def find(
        self, method: str | None = None, path: str | None = None, member: str | None = None, status: int | None = None
    ) -> list[ApiCall]:
        """Calls with this method, member and status whose path begins with `path`; None leaves a part open."""
        wanted: dict[str, Any] = {"method": method, "member": member, "status": status}
        tests = [(name, value) for name, value in wanted.items() if value is not None]
        return [
            call
            for call in self.calls
            if all(getattr(call, name) == value for name, value in tests)
            and (path is None or call.path.startswith(path.strip("/")))
        ]

    def writes(self, member: str | None = None, path: str | None = None) -> list[ApiCall]:
        return [call for call in self.find(path=path, member=member) if call.wrote]

    def deliveries(self, keep: Callable[[Attempt], bool] = lambda attempt: True) -> list[Attempt]:
        return [attempt for attempt in self.attempts if keep(attempt)]

    def clear(self) -> None:
        for kept in (self.calls, self.attempts):
            kept.clear()
        for counter in (self.calls_by_member, self.writes_by_member, self.statuses, self.outcomes):
            counter.clear()

    def counters(self) -> dict[str, dict[str, int]]:
        return {
            "calls_by_member": dict(self.calls_by_member),
            "writes_by_member": dict(self.writes_by_member),
            "statuses": {str(status): number for status, number in self.statuses.items()},
            "outcomes": dict(self.outcomes),
        }

    def page(self, after: int = 0, limit: int = 1000) -> dict[str, Any]:
        """Entries with `seq` greater than `after`, each list by ascending seq, at most `limit` of each kind."""
        return {
            **self.counters(),
            "calls": [asdict(call) for call in self.calls if call.seq > after][:limit],
            "deliveries": [asdict(attempt) for attempt in self.attempts if attempt.seq > after][:limit],
        }
