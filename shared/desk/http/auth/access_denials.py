"""Counts denied access by caller and reports it once a minute, in one fact per caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from desk.clock import Clock, SystemClock
from desk.contract.streams.security import AccessRefused
from desk.eventstore.errors import StoreUnavailable
from desk.supervision.loops import Loops
from desk.telemetry.logs import described

CODES = frozenset({"unauthenticated", "forbidden_role", "forbidden_client"})
ANONYMOUS, OTHERS = "anonymous", "others"
MOST, EVERY = 1000, 60.0
log = structlog.get_logger(__name__)
RecordDenial = Callable[[AccessRefused], Awaitable[None]]


class AccessDenials:
    """Counts denials until they are taken; callers beyond the first thousand are counted together. Not thread-safe."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._since: dict[str, datetime] = {}
        self._counts: dict[str, Counter[str]] = {}

    def note(self, who: str | None, code: str) -> None:
        """Count a denial of a caller (None: without a valid token). Codes that do not concern access are ignored."""
        if code not in CODES:
            return
        name = who or ANONYMOUS
        if name not in self._counts and len(self._counts) >= MOST:
            name = OTHERS
        self._since.setdefault(name, self._clock.now())
        self._counts.setdefault(name, Counter())[code] += 1

    def taken(self) -> list[AccessRefused]:
        """Take the counts since the last call."""
        found = [
            AccessRefused(who=who, since=self._since[who], counts=dict(counts)) for who, counts in self._counts.items()
        ]
        self._since, self._counts = {}, {}
        return found

    def restore(self, fact: AccessRefused) -> None:
        """Count again a fact that could not be recorded."""
        name = fact.who if fact.who in self._counts or len(self._counts) < MOST else OTHERS
        self._since[name] = min(fact.since, self._since.get(name, fact.since))
        self._counts.setdefault(name, Counter()).update(fact.counts)


class DenialReporter:
    """Reports the counts every minute and at the end."""

    def __init__(
        self, denials: AccessDenials, record: RecordDenial, every: float = EVERY, loops: Loops | None = None
    ) -> None:
        self._denials, self._record, self._every = denials, record, every
        self._loop = (loops or Loops()).task("refused access", self._paced)

    async def start(self) -> None:
        """Start the loop."""
        self._loop.start()

    async def stop(self) -> None:
        """Report the remaining counts."""
        await self._loop.cancel()
        await self.turn()

    async def turn(self) -> None:
        """Report now. While the database is unavailable the counts are kept for the next turn. A fact that fails for
        another reason is dropped alone; the metric has counted it."""
        for fact in self._denials.taken():
            try:
                await self._record(fact)
            except StoreUnavailable:
                self._denials.restore(fact)
            except Exception as error:
                log.error("refused access not recorded", count=sum(fact.counts.values()), **described(error))

    async def _paced(self) -> float:
        # the first turn has nothing to report, and only sets the time of the next one
        await self.turn()
        return self._every
