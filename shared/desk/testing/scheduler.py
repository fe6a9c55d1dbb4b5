"""A service for schedules, with a store in memory.

Nothing runs by itself: a test calls one step after the other, in any order, and may crash any service at any step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from desk.clock import HybridClock
from desk.contract.event import Stream
from desk.decision.context import Policies
from desk.decision.event_model import EventModel
from desk.eventstore.aggregate_id import aggregate_of, split
from desk.eventstore.aggregate_replica import Cache, Replica
from desk.eventstore.envelope_factory import EnvelopeFactory
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.snapshots import Loader
from desk.eventstore.table_writer import StoredEvent
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.group_commit import GroupCommit, Outcome
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.inbox.inbox import Inbox
from desk.inbox.ports import Fetched
from desk.inbox.retry_parked import Retry, fetched_records
from desk.testing.clock import FakeClock
from desk.testing.in_memory.event_log import MemoryStore
from desk.timers.scheduler import Fire

R = TypeVar("R")
NewInbox = Callable[[EventLog], Inbox]


class MemoryService:
    """One service: durable `store` and `published` (number of own facts on the wire), and a process on top."""

    def __init__(
        self,
        owner: str,
        tables: Tables,
        policies: Policies,
        language: EventModel,
        clock: FakeClock,
        new_id: Callable[[], UUID],
        inbox: NewInbox = Inbox,
        store: MemoryStore | None = None,
    ) -> None:
        self.owner, self.language, self.clock = owner, language, clock
        self.store, self.published = store or MemoryStore(), 0
        self._tables, self._policies, self._new_id, self._new_inbox = tables, policies, new_id, inbox
        self.deaths = -1
        self.signatures = None  # the wire of a schedule is not forged
        self.restart()

    def restart(self) -> None:
        """Start a new process on the same store: caches, clocks and everything uncommitted are lost."""
        self.deaths += 1
        self.store.crash = ""
        self._ticks = HybridClock(self.clock, max((f.recorded for f in self.store.facts), default=None), timedelta.max)
        factory = EnvelopeFactory(self.owner, self.language, self._ticks, self._new_id)
        self.runner = DecisionRunner(self.owner, self._tables, factory, self._policies, self.clock, self._ticks)
        self.loader, self.cache = Loader(self.language, self.owner, 0), Cache()
        self._committer = GroupCommit(
            cast(Any, self.store), self.runner, self.loader, self.cache, lambda _changes: None
        )
        self.inbox = self._new_inbox(cast(EventLog, self))

    @property
    def writer(self) -> MemoryService:
        """The service itself, which commits work directly."""
        return self

    def together(self, items: Sequence[WorkItem[R]]) -> Future[list[Outcome[R]]]:
        """As `Writer.together`, completed at once."""
        done: Future[list[Outcome[R]]] = Future()
        done.set_result(cast("list[Outcome[R]]", self._committer.commit(items)))
        return done

    def run(self, item: WorkItem[R]) -> R:
        """Run one item in a transaction of its own; returns its result or raises its error."""
        (outcome,) = self.together([item]).result()
        if outcome.error is not None:
            raise outcome.error
        return outcome.result

    def replica(self, subject: str, stream: Stream = Stream.TICKETS) -> Replica:
        """An aggregate as committed."""
        aggregate = aggregate_of(stream, subject)
        found = self.cache.get(aggregate)
        return found if found is not None else self.refolded(aggregate)

    def refolded(self, aggregate: str) -> Replica:
        """An aggregate folded again from its first fact on."""
        return self.loader.fold(aggregate, self.store.events_after({aggregate: 0}))

    def own(self) -> list[StoredEvent]:
        """Own facts in commit order."""
        return [fact for fact in self.store.facts if fact.own]

    def fire(self) -> int:
        """Fire all due timers; returns their number."""
        fired = 0
        for due in self.store.due(self.clock.now()):
            if due[:3] in self.store.timers:  # an earlier one may have cancelled it
                self.run(Fire(due))
                fired += 1
        return fired

    def mend(self, peers: Mapping[str, MemoryService]) -> bool:
        """Fetch the facts missing before the first parked record of each aggregate; whether any is parked."""
        heads = {row[0]: row for row in reversed(self.store.parked.values())}
        for aggregate, row in heads.items():
            stream, subject = split(aggregate)
            head = self.replica(subject, stream).head(row[7]).seq
            facts = peers[row[7]].store.aggregates.get(aggregate, ())
            raws = [Fetched(fact.raw, fact.signature) for fact in facts if fact.own and fact.ownerseq > head]
            self.run(Retry(aggregate, fetched_records(stream.topic, subject, raws)))
        return bool(heads)
