"""The single thread of a service that appends. Items that arrive while it is busy join its next transaction."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple, TypeVar, cast

import structlog

from desk.eventstore.errors import StoreUnavailable, WriterStopped
from desk.eventstore.unit_of_work.group_commit import AnyItem, AnyOutcome, GroupCommit, Outcome
from desk.eventstore.unit_of_work.work_items import TryNext, WorkItem
from desk.supervision.loops import Loops

R = TypeVar("R")
LARGEST = 512
IDLE = 5.0
"""Seconds after which an idle writer runs a turn, and so proves that it is alive."""
log = structlog.get_logger(__name__)


class Work(NamedTuple):
    """Items that belong into one transaction, and the future of their outcomes."""

    items: Sequence[AnyItem]
    answer: Future[list[AnyOutcome]]


class Writer:
    """Accepts work from any thread or event loop and commits it in groups of at most `largest` items (or one Work)."""

    def __init__(self, committer: GroupCommit, loops: Loops, largest: int = LARGEST) -> None:
        self._committer, self._largest = committer, largest
        self._waiting: deque[Work] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._loop = loops.thread("writer", self._turn, extra=IDLE)
        self.groups = self.items = 0

    def start(self) -> None:
        """Start the thread."""
        self._loop.start()

    def stop(self) -> None:
        """Commit what is queued, then end. Blocks until the last group is durable."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._loop.join()

    def together(self, items: Sequence[WorkItem[R]]) -> Future[list[Outcome[R]]]:
        """Submit items that belong into one transaction. Resolves to their outcomes, in order, when durable."""
        answer: Future[list[AnyOutcome]] = Future()
        with self._changed:
            if self._stopping:
                raise WriterStopped("the service is stopping; send it to another instance or later")
            self._waiting.append(Work(items, answer))
            self._changed.notify()
        return cast("Future[list[Outcome[R]]]", answer)

    async def submit(self, item: WorkItem[R]) -> R:
        """Submit one item and wait for its result. Raises its error."""
        return _result(await asyncio.wrap_future(self.together([item])))

    def submit_wait(self, item: WorkItem[R], timeout: float | None = None) -> R:
        """`submit` for threads."""
        return _result(self.together([item]).result(timeout))

    @property
    def idle(self) -> bool:
        """Whether nothing is queued."""
        return not self._waiting

    def _turn(self) -> float | None:
        units = self._take()
        if not units:
            return None if self._stopping and not self._waiting else 0.0
        try:
            self._group(units)
        except Exception as error:
            log.warning("group failed", items=sum(len(work.items) for work in units), error=type(error).__name__)
            self._one_by_one([work for work in units if not work.answer.done()], error)
        return 0.0

    def _one_by_one(self, units: Sequence[Work], error: Exception) -> None:
        """Commit each Work of a failed group alone, so that only the one that caused the failure gets it."""
        away = error if isinstance(error, StoreUnavailable) or len(units) == 1 else None
        for work in units:
            try:
                if away is not None:
                    raise away
                self._group([work])
            except Exception as alone:
                away = away or (alone if isinstance(alone, StoreUnavailable) else None)
                if not work.answer.done():
                    work.answer.set_exception(alone)

    def _take(self) -> list[Work]:
        with self._changed:
            if not self._waiting and not self._stopping:
                self._changed.wait(IDLE)
            units: list[Work] = []
            size = 0
            while self._waiting and (not units or size + len(self._waiting[0].items) <= self._largest):
                work = self._waiting.popleft()
                if work.answer.set_running_or_notify_cancel():
                    units.append(work)
                    size += len(work.items)
            return units

    def _group(self, units: Sequence[Work]) -> None:
        outcomes = iter(self._committer.commit([item for work in units for item in work.items]))
        self.groups += 1
        again: list[Work] = []
        for work in units:
            mine = [next(outcomes) for _ in work.items]
            self.items += len(mine)
            if len(mine) == 1 and isinstance(mine[0].error, TryNext):
                again.append(work)
            else:
                work.answer.set_result(mine)
        for work in again:
            self._requeue(work)

    def _requeue(self, work: Work) -> None:
        waiting: Future[list[AnyOutcome]] = Future()
        waiting.add_done_callback(lambda done: _pass_on(done, work.answer))
        with self._changed:
            self._waiting.appendleft(Work(work.items, waiting))
            self._changed.notify()


def _pass_on(done: Future[list[AnyOutcome]], to: Future[list[AnyOutcome]]) -> None:
    error = done.exception()
    if error is not None:
        to.set_exception(error)
    else:
        to.set_result(done.result())


def _result(outcomes: list[Outcome[R]]) -> R:
    (outcome,) = outcomes
    if outcome.error is not None:
        raise outcome.error
    return outcome.result
