"""The log of one service without PostgreSQL: the same writer's rules, inbox, reactions and timers over lists in memory.

`MemoryStore` is what survives a crash, `MemoryService` what is lost with the process. Everything between the two
(`Committer`, `Workspace`, `Engine`, `Inbox`, `Retry`, `Fire`) is the code that runs in production. A crash is ordered
with `MemoryStore.crash` and happens at the next commit: before it, or right after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Literal
from uuid import UUID

from desk.decision.planning import Arm
from desk.eventstore.errors import Conflict, StoreUnavailable
from desk.eventstore.planned.call_rows import PLANNED
from desk.eventstore.planned.timer_rows import FIRED_TIMERS, TIMERS
from desk.eventstore.rows import CommandRow
from desk.eventstore.table_writer import COMMANDS, Batch, Row, StoredEvent
from desk.inbox.parked_rows import JUDGED, PARKED, UNPARKED
from desk.testing.in_memory.reads import MemoryReads


class Crash(StoreUnavailable):
    """The process died at a commit; whether it was carried out is for the next process to find out."""


class MemoryStore(MemoryReads):
    """The store of one service: what survives its death."""

    def __init__(self) -> None:
        super().__init__()
        self.crash: Literal["", "before", "after"] = ""
        self._numbers = count(1)

    def read(self, query: Callable[[Any], Any]) -> Any:
        """Answer `query`, which asks what it would ask `desk.eventstore.reads.Reads`."""
        return query(self)

    def locked(self) -> Any:
        """No second process is modelled, so nothing is ever decided again under the lock."""
        raise RuntimeError("a group failed although nobody else writes this store: see the cause")

    def append(self, batch: Batch) -> None:
        """Everything or nothing; dies when a crash is ordered."""
        order, self.crash = self.crash, ""
        if order == "before":
            raise Crash("before the commit")
        self._check(batch.facts)
        for sink, row in batch.writes:
            WRITES.get(sink.name, _beside(sink.name))(self, row)
        for fact in batch.facts:
            self.facts.append(fact)
            self.aggregates.setdefault(fact.aggregate, []).append(fact)
            self.ids[fact.event_id] = fact
        if order == "after":
            raise Crash("after the commit")

    def _check(self, facts: Sequence[StoredEvent]) -> None:
        versions: dict[str, int] = {}
        fresh: set[UUID] = set()
        for fact in facts:
            last = versions.get(fact.aggregate, len(self.aggregates.get(fact.aggregate, ())))
            if fact.version != last + 1 or fact.event_id in self.ids or fact.event_id in fresh:
                raise Conflict(f"{fact.topic} {fact.ownerseq} of {fact.aggregate}: its id or place is taken")
            fresh.add(fact.event_id)
            versions[fact.aggregate] = fact.version

    def park(self, row: Row) -> None:
        """Put a record away, behind everything that is parked already."""
        self.parked[next(self._numbers)] = row

    def unpark(self, row: Row) -> None:
        """A parked record was taken up."""
        self.parked.pop(row[0], None)


def _command(store: MemoryStore, row: Row) -> None:
    identity, fingerprint, raw, _ = row
    events = tuple(UUID(bytes=raw[at : at + 16]) for at in range(0, len(raw), 16))
    store.commands_run[identity] = CommandRow(fingerprint, events)


def _timer(store: MemoryStore, row: Row) -> None:
    aggregate, change = row
    if isinstance(change, Arm):
        store.timers[aggregate, change.timer, change.key] = change
        return
    gone = [k for k in store.timers if k[:2] == (aggregate, change.timer) and change.key in (None, k[2])]
    for key in gone:
        del store.timers[key]


def _fired(store: MemoryStore, row: Row) -> None:
    del store.timers[row[:3]]


def _planned(store: MemoryStore, row: Row) -> None:
    store.effects.setdefault(row[0], row)


def _beside(name: str) -> Callable[[MemoryStore, Row], None]:
    return lambda store, row: store.beside.setdefault(name, []).append(row)


WRITES: dict[str, Callable[[MemoryStore, Row], None]] = {
    COMMANDS.name: _command,
    PARKED.name: MemoryStore.park,
    UNPARKED.name: MemoryStore.unpark,
    JUDGED.name: lambda _store, _row: None,
    TIMERS.name: _timer,
    FIRED_TIMERS.name: _fired,
    PLANNED.name: _planned,
}
"""Sink -> what its row does to the store."""
