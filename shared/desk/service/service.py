"""A service, composed from explicit tables: event store, inbox, bus, timers, outbound calls. Nothing is discovered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial

from desk.contract.event import Payload, Stream
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.event_counts import Totals
from desk.eventstore.event_log import EventLog
from desk.eventstore.operations_events import RecordOperationsEvents
from desk.eventstore.relay_rows import dropped
from desk.eventstore.table_writer import AppliedEvent
from desk.eventstore.unit_of_work.read_your_writes import PATIENCE, ReadYourWrites
from desk.eventstore.unit_of_work.work_items import Command, Recorded
from desk.inbox.gap_filler import GapFiller
from desk.inbox.inbox import Inbox
from desk.inbox.inbox_result import BlockedAggregate
from desk.inbox.parked_admin import Parking
from desk.outbox.admin import OutboundCallAdmin
from desk.outbox.worker import OutboundCallWorker
from desk.projections.rebuild import build_missing, rebuild
from desk.service.gauges import Gauges, count
from desk.service.runtime import RuntimeContext, ServiceSpec, Status, WriteBackState
from desk.signing.unsigned_past import sign_unsigned
from desk.telemetry.metrics import Metrics
from desk.telemetry.tracing import Tracing
from desk.timers.scheduler import Timers

__all__ = ["RuntimeContext", "Service", "ServiceSpec", "Status"]


class Service:
    """A running service. Its schema must be migrated (`desk.eventstore.schema.migrate`) before `start`.

    Integrations may add to its status (`details`, by name) and to `ready_checks`.
    """

    def __init__(self, spec: ServiceSpec, context: RuntimeContext) -> None:
        self.spec, self.owner, self._context = spec, spec.owner, context
        self.metrics, self.tracing = Metrics(spec.owner), context.tracing or Tracing(spec.owner)
        self.log = EventLog(
            context.url,
            spec.owner,
            context.language,
            spec.tables,
            spec.policies,
            context.clock,
            signatures=context.signatures,
            **context.log_settings,
        )
        self.parking, self.effects = Parking(self.log), OutboundCallAdmin(self.log, spec.kinds)
        self.inbox = Inbox(self.log, self._stopped, partial(count, self.metrics))
        self.seen = ReadYourWrites(self.log)
        self.unread: Callable[[], int] = lambda: 0
        self.write_back: Callable[[], Sequence[WriteBackState]] = tuple
        self.details: dict[str, Callable[[], object]] = {}
        self.ready_checks: dict[str, Callable[[], Awaitable[str | None]]] = {}
        self._gap_filler = GapFiller(self.log, context.peers)
        self.timers = Timers(self.log)
        self.worker = OutboundCallWorker(self.log, spec.kinds, dry_run=context.dry_run, tracing=self.tracing)
        self._totals, self._ended = Totals(), False
        self._gauges = Gauges(self.metrics, context.bus, self.log.store, self.parking, self.effects, self.log.loops)
        self.metrics.watch_loops(lambda: [(beat.name, beat.age, beat.failures) for beat in self.log.loops.heartbeats()])
        self.log.store.timed = self.metrics.append_seconds.observe
        self.log.listeners += [self._committed, self.seen.committed, self.worker.committed]

    async def start(self) -> None:
        """Start, in this order: missing views, writer, signatures, bus, gap filler, timers, calls. So a restored store
        recovers before it does anything by itself. On failure nothing is left running."""
        try:
            await self._begin()
        except BaseException:
            await self.stop()
            raise

    async def _begin(self) -> None:
        built = await asyncio.to_thread(build_missing, self.log)
        await asyncio.to_thread(self.log.start)
        if self._context.signatures is not None:
            await asyncio.to_thread(sign_unsigned, self.log.store, self._context.signatures)
        await self._context.bus.start(self.log, self.inbox.apply)
        await self.record_operations_event(*(rebuilt for rebuilt in built if rebuilt.facts))
        await self._gap_filler.start()
        await self.timers.start()
        await self.worker.start()
        await self._gauges.start()

    async def stop(self) -> None:
        """Stop consuming, finish present calls and timers, commit what is queued, close; each step also when an earlier
        one fails.

        A second call does nothing.
        """
        if self._ended:
            return
        self._ended = True
        async with AsyncExitStack() as from_the_last:
            from_the_last.push_async_callback(asyncio.to_thread, self.log.stop)
            for part in (self._gap_filler, self.worker, self.timers, self._context.bus, self._gauges):
                from_the_last.push_async_callback(part.stop)

    async def command(self, command: Command) -> Recorded:
        """Decide and record. Raises Refusal."""
        return await self.log.writer.submit(command)

    async def replica(self, stream: Stream, subject: str) -> Replica:
        """The state and heads of an aggregate as committed now."""
        return await asyncio.to_thread(self.log.replica, stream, subject)

    async def wait_seen(
        self, stream: Stream, subject: str, vector: Mapping[str, int], patience: float = PATIENCE
    ) -> bool:
        """Wait at most `patience` seconds for everything in `vector` (owner -> ownerseq); whether it is applied."""
        return await self.seen.wait(stream, subject, vector, patience)

    async def rebuild(self, name: str) -> int:
        """Rebuild a view from all facts; returns their number. KeyError when there is no such view."""
        views = {view.name: view for view in self.log.store.views}
        rebuilt = await asyncio.to_thread(rebuild, self.log, views[name])
        await self.record_operations_event(rebuilt)
        return rebuilt.facts

    async def record_operations_event(self, *facts: Payload, subject: str = "") -> None:
        """Record operations events, or security events on a subject."""
        if facts:
            await self.log.writer.submit(RecordOperationsEvents(facts, subject))

    async def status(self) -> Status:
        """The present status of the service."""
        lag = await self._context.bus.lag()
        own, replicated, last = await asyncio.to_thread(self.log.store.read, self._totals.read)
        parked = await asyncio.to_thread(self.parking.count)
        effects = await asyncio.to_thread(self.effects.counts)
        unread = await asyncio.to_thread(self.unread)
        lost = await asyncio.to_thread(self.log.store.execute, dropped)
        return Status(self.owner, own, replicated, lag, parked, effects, last, unread, lost)

    def says(self) -> list[str]:
        """Sentences that the API page and the health notes display."""
        return [state.says for state in self.write_back()]

    async def live(self) -> str | None:
        """None while the inbox makes progress, else the problem."""
        return await self._context.bus.live()

    async def measure(self) -> None:
        """Update the gauges now; while the service runs they are updated every ten seconds."""
        await self._gauges.measure()

    def _committed(self, changes: list[AppliedEvent]) -> None:
        own = [change for change in changes if change.own]
        for change in own:
            self.metrics.facts_appended.labels(change.event.origin).inc()
        if own:
            self._context.notifier.committed(self.owner)
        if self.tracing.recording:
            for change in changes:
                event, what = change.event, "record" if change.own else "hear"
                name = f"{what} {event.type}"
                self.tracing.note(event.traceparent, name, owner=event.owner, ticket=event.subject)

    def _stopped(self, stopped: BlockedAggregate) -> None:
        if stopped.cause in ("divergence", "chain"):
            self.metrics.divergences.labels(stopped.owner).inc()
        self._gap_filler.request(stopped)
        self._context.alert(stopped)
