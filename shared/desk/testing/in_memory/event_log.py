"""The event store of one service in memory, with the production rules for writing, inbox, reactions and timers.

`MemoryStore` holds the state that survives a crash, `MemoryService` that which is lost with the process. Everything
between the two (`GroupCommit`, `UnitOfWork`, `DecisionRunner`, `Inbox`, `Retry`, `Fire`) is production code.
`MemoryStore.crash` requests a crash, which happens at the next commit: before it, or right after it.
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
    """The process died at a commit; the next process must find out whether it was carried out."""


class MemoryStore(MemoryReads):
    """The store of one service, which survives a crash."""

    def __init__(self) -> None:
        super().__init__()
        self.crash: Literal["", "before", "after"] = ""
        self._numbers = count(1)

    def read(self, query: Callable[[Any], Any]) -> Any:
        """Run `query`, which uses the methods of `desk.eventstore.reads.Reads`."""
        return query(self)

    def locked(self) -> Any:
        """Always fails: no second process is modelled, so nothing is ever decided again under the lock."""
        raise RuntimeError("a group failed although nobody else writes this store: see the cause")

    def append(self, batch: Batch) -> None:
        """Write everything or nothing. Raises Crash when one was requested."""
        order, self.crash = self.crash, ""
        if order == "before":
            raise Crash("before the commit")
        self._check(batch.facts)
        for writer, row in batch.writes:
            WRITES.get(writer.name, _other(writer.name))(self, row)
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
        """Park a record behind all parked ones."""
        self.parked[next(self._numbers)] = row

    def unpark(self, row: Row) -> None:
        """Remove a parked record that was applied."""
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


def _other(name: str) -> Callable[[MemoryStore, Row], None]:
    return lambda store, row: store.other_rows.setdefault(name, []).append(row)


WRITES: dict[str, Callable[[MemoryStore, Row], None]] = {
    COMMANDS.name: _command,
    PARKED.name: MemoryStore.park,
    UNPARKED.name: MemoryStore.unpark,
    JUDGED.name: lambda _store, _row: None,
    TIMERS.name: _timer,
    FIRED_TIMERS.name: _fired,
    PLANNED.name: _planned,
}
"""Name of the TableWriter -> effect of its row on the store."""
