"""Makes the calls of the ledger, one loop per kind, so that a slow vendor delays no other calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind

from desk.decision.planning import OutboundCall, Outcome
from desk.eventstore.aggregate_id import split
from desk.eventstore.errors import Conflict, LogError, StoreUnavailable, error_location
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.fault_points import fault_point
from desk.outbox.ledger import FINAL, RecordOutcome, mark_sent, take, waiting, wake
from desk.outbox.orphaned_calls import begin, holders, release
from desk.outbox.outbound_call_kind import OutboundCallKind, Withheld, called
from desk.outbox.settlement import Settlement, settlement
from desk.supervision.loops import TaskLoop
from desk.telemetry.tracing import Tracing

EVERY = 1.0
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between tries to record an outcome while the database is unavailable. A recorded call is not made again."""
T = TypeVar("T")
log = structlog.get_logger(__name__)


class OutboundCallWorker:
    """Makes the calls of one service. With `dry_run` none are made: they stay planned and are listed."""

    def __init__(
        self,
        event_log: EventLog,
        kinds: Sequence[OutboundCallKind],
        *,
        every: float = EVERY,
        dry_run: bool = False,
        tracing: Tracing | None = None,
    ) -> None:
        self._log, self._kinds, self._every, self.dry_run = event_log, kinds, every, dry_run
        self._tracing = tracing or Tracing(event_log.owner)
        self._loops: list[TaskLoop] = []
        self._running: asyncio.AbstractEventLoop | None = None
        self._presence = event_log.presence
        self._claim_lock, self._in_hand = asyncio.Lock(), set[UUID]()
        self._changed: set[str] = set()
        self._leases = event_log.loops.task("effects leases", self._watched)

    async def start(self) -> None:
        """Doubt calls that earlier processes planned, and start the loops."""
        self._running = asyncio.get_running_loop()
        if self._kinds:
            await self._database(begin)
        self._loops = [] if self.dry_run else [self._loop_of(kind) for kind in self._kinds]
        for loop in (*self._loops, *([self._leases] if self._loops else [])):
            loop.start()

    async def stop(self) -> None:
        """Stop after the calls being made, which keep their time-outs."""
        await asyncio.gather(*(loop.stop() for loop in self._loops))
        await self._leases.stop()

    def committed(self, changes: list[AppliedEvent]) -> None:
        """Wake the loops when a fact may have planned a call or ended a wait. A listener of the event log."""
        if self._loops and self._running is not None:
            aggregates = {change.aggregate for change in changes if change.event.origin != "import"}
            planning = any(change.event.type in self._log.tables.effects for change in changes)
            if aggregates:
                self._running.call_soon_threadsafe(self._note, aggregates, planning)

    def _note(self, aggregates: set[str], planning: bool) -> None:
        self._changed |= aggregates
        if planning:
            self._wake_all()

    def _wake_all(self) -> None:
        for loop in self._loops:
            loop.wake()

    async def preview(self) -> list[OutboundCall]:
        """The calls that would be made now: planned, and neither stale, stopped nor withheld. Changes nothing."""
        kinds = {kind.name: kind for kind in self._kinds}
        found = [planned for planned in await self._database(waiting) if planned.kind in kinds]
        states = [await self._state(planned) for planned in found]
        wanted = [
            (planned, state)
            for planned, state in zip(found, states, strict=True)
            if not kinds[planned.kind].stale(planned, state)
        ]
        return [planned for planned, state in wanted if await kinds[planned.kind].withheld(planned, state) is None]

    async def turn(self, kind: OutboundCallKind) -> int:
        """Make the due calls of one kind, at most `kind.at_once` together; returns their number. Makes none during a
        recovery of the store, while their state is unknown."""
        if self._log.runner.recovering:
            return 0
        found = await self._take(kind)
        if found:
            fault_point("effect taken")
        await asyncio.gather(*(self._one(kind, planned) for planned in found))
        return len(found)

    async def release(self) -> None:
        """Take over the calls of processes that have ended, and calls of this one whose outcome was not recorded."""
        holding = await self._database(holders)
        ended = await asyncio.to_thread(self._presence.ended, holding)
        if not holding:
            return
        async with self._claim_lock:
            own, in_hand = self._presence.id, frozenset(self._in_hand)
            found = await self._database(lambda cursor: release(cursor, ended, own, in_hand))
        if found:
            log.warning("calls whose outcome was not recorded are looked up", count=found)
            self._wake_all()

    async def _take(self, kind: OutboundCallKind) -> list[OutboundCall]:
        lease, own = timedelta(seconds=kind.timeout * 2 + 30), self._presence.id
        changed, self._changed = self._changed, set()
        if changed:
            await self._database(lambda cursor: wake(cursor, changed))
        async with self._claim_lock:
            found = await self._database(lambda cursor: take(cursor, kind, lease, own, kind.at_once))
            self._in_hand.update(planned.id for planned in found)
        return found

    async def _one(self, kind: OutboundCallKind, planned: OutboundCall) -> None:
        try:
            with self._tracing.continue_trace(planned.traceparent, f"effect {kind.name}", SpanKind.CLIENT):
                await self._decide(kind, planned)
        except Conflict:
            log.info("another worker recorded the outcome", effect=str(planned.id), kind=kind.name)
        except Exception as error:
            log.error("a call failed", effect=str(planned.id), kind=kind.name, error=error_location(error))
            if not isinstance(error, LogError):
                return  # a mistake in the kind repeats itself: the call stays claimed until its lease ends
        self._in_hand.discard(planned.id)

    async def _decide(self, kind: OutboundCallKind, planned: OutboundCall) -> None:
        state = await self._state(planned)
        if planned.state == "planned" and await self._superseded(kind, planned, state, "stale"):
            return
        outcome = await self._doubt(kind, planned, state) if planned.uncertain else None
        again = outcome is None and planned.state != "planned"
        if again and await self._superseded(kind, planned, state, "stale after an unknown try"):
            return
        outcome = outcome or await self._waits(kind, planned, state)
        sent = outcome is None
        if outcome is None:
            await self._database(lambda cursor: mark_sent(cursor, planned))
            fault_point("effect sent")
            outcome = await called(kind.call, kind, planned, state)
            fault_point("effect answered")
        await self._record_outcome(
            RecordOutcome(planned, settlement(kind, planned, outcome, sent), outcome, kind, sent)
        )
        if not sent and outcome.what == "wait":
            await self._look_again(kind, planned)

    async def _waits(self, kind: OutboundCallKind, planned: OutboundCall, state: object) -> Outcome | None:
        """The outcome `wait` when the call has to wait for another one; None: make it."""
        reason = await kind.ready(planned, state)
        return None if reason is None else Outcome("wait", detail=reason)

    async def _look_again(self, kind: OutboundCallKind, planned: OutboundCall) -> None:
        """Make a call due whose reason to wait has gone: the wake came before the wait was recorded."""
        if await kind.ready(planned, await self._state(planned)) is None:
            await self._database(lambda cursor: wake(cursor, [planned.aggregate]))

    async def _superseded(self, kind: OutboundCallKind, planned: OutboundCall, state: object, stale: str) -> bool:
        """End a call that is stale or may not be made; whether it was."""
        found = Withheld(stale) if kind.stale(planned, state) else await kind.withheld(planned, state)
        if found is not None:
            outcome = None if found.result is None else Outcome("withheld", detail=found.why, result=found.result)
            await self._record_outcome(
                RecordOutcome(planned, Settlement("superseded", found.why), outcome, kind, rows=found.rows)
            )
        return found is not None

    async def _doubt(self, kind: OutboundCallKind, planned: OutboundCall, state: object) -> Outcome | None:
        """The outcome of a call that may have been made; None: make it (again)."""
        if kind.query is not None:
            answer = await called(kind.query, kind, planned, state)
            return None if answer.what == "retry" else answer
        if kind.repeatable or planned.state == "planned":
            return None
        return Outcome("unknown", detail="the call may have been made; settle it by hand")

    async def _record_outcome(self, item: RecordOutcome) -> None:
        for pause in (*PAUSES, None):
            try:
                await self._log.writer.submit(item)
                fault_point("effect settled")
                self._after(item)
                return
            except StoreUnavailable:
                if pause is None:
                    raise
                await asyncio.sleep(pause)

    def _after(self, item: RecordOutcome) -> None:
        planned, to = item.planned, item.to
        if to.state in FINAL:
            self._wake_all()
        if to.state == "failed":
            log.error("a call is given up", effect=str(planned.id), kind=planned.kind, tries=planned.tries)
        elif to.refused:
            log.warning(
                "a call is refused", effect=str(planned.id), kind=planned.kind, seconds=to.pause.total_seconds()
            )

    async def _state(self, planned: OutboundCall) -> object:
        return (await asyncio.to_thread(self._log.replica, *split(planned.aggregate))).state

    async def _database(self, work: Callable[[DbCursor], T]) -> T:
        return await asyncio.to_thread(self._log.store.execute, work)

    async def _watched(self) -> float:
        await self.release()
        return self._every

    def _loop_of(self, kind: OutboundCallKind) -> TaskLoop:
        async def paced() -> float:
            return 0.0 if await self.turn(kind) >= kind.at_once else self._every

        # a turn lasts as long as its slowest call: the look-up of an uncertain one, and the call itself
        return self._log.loops.task(f"effects {kind.name}", paced, extra=kind.timeout * 2)
