"""Fires due timers by the database's time. Any number of schedulers may run at once; each timer fires exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

import structlog

from desk.contract.event import Event
from desk.decision.planning import Due
from desk.eventstore.connections.lease_holders import END, MINE, NOBODY, Leased, Taker
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.errors import Conflict, StoreUnavailable, error_location
from desk.eventstore.event_log import EventLog
from desk.eventstore.planned.timer_rows import FIRED_TIMERS, READ_DUE
from desk.eventstore.table_writer import DbCursor
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem

NAMESPACE = UUID("6a1d3c52-0b0e-5d53-9a39-2f5d7a3f6f10")
LIMIT = 200
LEASE = timedelta(seconds=30)
EVERY = 0.5
BACKOFF, LONGEST = timedelta(seconds=2), timedelta(minutes=10)
TAKE = (
    f"UPDATE timers t SET leased = {END} FROM (SELECT aggregate, timer, natural_key FROM timers"  # noqa: S608
    " WHERE due <= coalesce(%s, now()) AND (leased IS NULL OR leased < now()) ORDER BY due LIMIT %s"
    " FOR UPDATE SKIP LOCKED) AS mine"
    " WHERE t.aggregate = mine.aggregate AND t.timer = mine.timer AND t.natural_key = mine.natural_key"
    f" RETURNING t.aggregate, t.timer, t.natural_key, {READ_DUE}, t.data, t.tries"
)
GIVE_BACK = f"UPDATE timers SET leased = NULL WHERE {MINE}"  # noqa: S608
LEAVE = (
    f"UPDATE timers t SET leased = {END}, tries = tries + 1, last_error = %s"  # noqa: S608
    f" WHERE aggregate = %s AND timer = %s AND natural_key = %s AND {READ_DUE} = %s"
)
IN_HAND = Leased("timers", "due <= now()")
FREE_EVERY = 1.0
log = structlog.get_logger(__name__)


class Fire(NamedTuple):
    """Fires one due timer: records its handler's facts and deletes its row in one transaction.

    When the row has been deleted or moved, it records nothing and fails with Conflict.
    """

    due: Due

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.due.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return True

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> list[Event]:
        due = self.due
        handler = runner.tables.due.get(due.timer)
        if handler is None:
            raise LookupError(f"no handler for timer {due.timer}: add it to the service's table")
        work.write(FIRED_TIMERS, (due.aggregate, due.timer, due.key, due.due))
        identity = uuid5(NAMESPACE, f"{runner.owner}|{due.aggregate}|{due.timer}|{due.key}|{due.due.isoformat()}")
        before_recovery = due.due <= runner.recovered
        if before_recovery and self._fired(work, identity):
            return []
        state = work.replica(due.aggregate).state
        context = runner.by_itself(identity, due.aggregate, state)
        drafts = handler(due, state, context)
        with work.doubting(before_recovery):
            chain = Causation(identity, stable=True)
            return runner.decided(work, due.aggregate, drafts, context, chain) if drafts else []

    def _fired(self, work: UnitOfWork, identity: UUID) -> bool:
        work.look_for_answers((identity,))
        return work.answered(identity)

    def on_failure(self, error: Exception) -> WorkItem[list[Event]] | None:
        return None


class Timers:
    """The scheduler of one service. A failing handler is tried again with growing pauses; `last_error` names the error.

    `present` replaces the database's time, for tests with a clock of their own.
    """

    def __init__(self, event_log: EventLog, every: float = EVERY, lease: timedelta = LEASE) -> None:
        self._log, self._every, self._lease = event_log, every, lease
        self.present: Callable[[], datetime] | None = None
        self._taker = Taker(token=event_log.presence.id)
        self._loop = event_log.loops.thread("timers", self._paced)
        self._freeing = event_log.loops.thread("timers leases", self._freed)

    async def start(self) -> None:
        """Start firing due timers."""
        self._loop.start()
        self._freeing.start()

    async def stop(self) -> None:
        """Stop after the timers being fired."""
        await asyncio.to_thread(self._loop.stop)
        await asyncio.to_thread(self._freeing.stop)

    def turn(self) -> int:
        """Fire due timers, at most LIMIT; returns the number claimed. Fires none during a recovery of the store.

        First releases timers that were claimed when the database became unavailable, so that they fire now instead of
        after their lease.
        """
        if self._log.runner.recovering:
            return 0
        try:
            if self._taker.in_doubt:
                self._log.store.execute(lambda cursor: cursor.execute(GIVE_BACK, (self._taker.token,)))
            return self._fire(self._log.store.execute(self._take))
        except StoreUnavailable:
            self._taker.lost()
            raise

    def _fire(self, dues: list[Due]) -> int:
        if not dues:
            return 0
        outcomes = self._log.writer.together([Fire(due) for due in dues]).result()
        for due, outcome in zip(dues, outcomes, strict=True):
            if isinstance(outcome.error, StoreUnavailable):
                raise outcome.error
            if outcome.error is not None and not isinstance(outcome.error, Conflict):
                self._leave(due, outcome.error)
        return len(dues)

    def _take(self, cursor: DbCursor) -> list[Due]:
        present = self.present() if self.present is not None else None
        rows = cursor.execute(TAKE, (self._lease, self._taker.token, present, LIMIT))
        return sorted((Due(*row) for row in rows), key=lambda due: due.due)

    def _leave(self, due: Due, error: Exception) -> None:
        log.warning("timer failed", timer=due.timer, tries=due.tries + 1, error=type(error).__name__)
        pause = min(LONGEST, BACKOFF * 2 ** min(due.tries, 16))
        arguments = (pause, NOBODY, error_location(error), due.aggregate, due.timer, due.key, due.due)
        self._log.store.execute(lambda cursor: cursor.execute(LEAVE, arguments))

    def free(self) -> int:
        """Take over the timers that ended processes had claimed; returns their number."""
        found = self._log.presence.free(IN_HAND)
        if found:
            log.warning("timers of an ended process are due again", count=found)
            self._loop.wake()
        return found

    def _freed(self) -> float:
        self.free()
        return FREE_EVERY

    def _paced(self) -> float:
        return 0.0 if self.turn() >= LIMIT else self._every
