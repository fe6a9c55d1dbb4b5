"""The effects of an outage on clients and the PSA, from the journal's requests and the PSA's ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx
from tests.chaos.desk.world import World
from tests.chaos.journal import Timed


class Spell(NamedTuple):
    """Requests of one stretch of time; p50, p99 and `longest` in seconds."""

    requests: int
    statuses: dict[int, int]
    p50: float
    p99: float
    longest: float

    def __str__(self) -> str:
        seconds = f"p50 {self.p50 * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms, longest {self.longest:.2f} s"
        return f"{self.requests} requests {dict(sorted(self.statuses.items()))}, {seconds}"


def spell(requests: Sequence[Timed], begin: float, end: float, service: str | None = None) -> Spell:
    """Requests sent between two monotonic times, to one service or to all."""
    found = [r for r in requests if begin <= r.at < end and service in (None, r.service)]
    ordered = sorted(request.seconds for request in found) or [0.0]
    last = len(ordered) - 1
    p50, p99 = (ordered[min(last, int(len(ordered) * share))] for share in (0.5, 0.99))
    return Spell(len(found), dict(Counter(request.status for request in found)), p50, p99, ordered[-1])


async def deliveries(world: World, after: int = 0) -> list[dict[str, Any]]:
    """The PSA's tries to deliver callbacks after an entry of its ledger: `seq`, `status`, `outcome` each."""
    async with httpx.AsyncClient(timeout=30.0) as http:
        page = await http.get(f"{world.places.psa}/_simulator/ledger", params={"after": after, "limit": 1_000_000})
    found: list[dict[str, Any]] = page.json()["deliveries"]
    return found
