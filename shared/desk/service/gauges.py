"""Measures quantities that are not counted as they happen: lag, parked facts, outbound calls by state."""

from __future__ import annotations

import asyncio

from desk.bus.port import Bus
from desk.eventstore.relay_rows import dropped
from desk.eventstore.store import Store
from desk.eventstore.table_writer import DbCursor
from desk.inbox.inbox_result import InboxResult
from desk.inbox.parked_admin import Parking
from desk.outbox.admin import OutboundCallAdmin
from desk.supervision.loops import Loops
from desk.telemetry.metrics import Metrics

EVERY = 10.0
OLDEST = (
    "SELECT extract(epoch FROM clock_timestamp() - recorded)::float FROM stored_events"
    " WHERE own AND notification_id > (SELECT position FROM relay) ORDER BY notification_id LIMIT 1"
)


class Gauges:
    """Keeps a service's gauges current, every ten seconds."""

    def __init__(
        self,
        metrics: Metrics,
        bus: Bus,
        store: Store,
        parking: Parking,
        effects: OutboundCallAdmin,
        loops: Loops | None = None,
    ) -> None:
        self._metrics, self._bus, self._store, self._parking, self._effects = metrics, bus, store, parking, effects
        self._loop = (loops or Loops()).task("gauges", self._turn)

    async def start(self) -> None:
        """Start measuring."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop at once."""
        await self._loop.cancel()

    async def measure(self) -> None:
        """Measure once."""
        self._metrics.parked.set(await asyncio.to_thread(self._parking.count))
        self._metrics.dropped.set(await asyncio.to_thread(self._store.execute, dropped))
        lag = await self._bus.lag()
        for owner, behind in lag.items():
            self._metrics.lag.labels(owner).set(behind)
        waits = lag.get(self._metrics.service, 0) > 0
        age = await asyncio.to_thread(self._store.execute, _oldest) if waits else 0.0
        self._metrics.oldest_unpublished_seconds.set(age)
        counts = await asyncio.to_thread(self._effects.counts)
        self._metrics.effects.clear()
        for (kind, state), number in counts.items():
            self._metrics.effects.labels(kind, state).set(number)

    async def _turn(self) -> float:
        await self.measure()
        return EVERY


def _oldest(cursor: DbCursor) -> float:
    row = cursor.execute(OLDEST).fetchone()
    return max(0.0, float(row[0])) if row else 0.0


def count(metrics: Metrics, result: InboxResult) -> None:
    """Count the result of one applied batch, by owner."""
    counted = {
        metrics.facts_applied: result.applied,
        metrics.facts_duplicate: result.duplicates,
        metrics.unknown_types: result.unknown,
    }
    for metric, owners in counted.items():
        for owner, number in owners.items():
            metric.labels(owner).inc(number)
