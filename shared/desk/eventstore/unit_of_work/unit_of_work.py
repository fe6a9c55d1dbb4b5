"""The state inside one transaction: committed replicas, with everything that the group has decided so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from desk.contract.event import Event
from desk.eventstore.aggregate_replica import Cache, Replica, StreamHead, digest
from desk.eventstore.reads import Reads
from desk.eventstore.rows import CommandRow
from desk.eventstore.snapshots import SNAPSHOTS, Loader
from desk.eventstore.table_writer import COMMANDS, SKIPPED, AppliedEvent, Batch, Row, StoredEvent, TableWriter

T = TypeVar("T")
MakeRows = Callable[[], Iterable[Row]]


class Read(Protocol):
    """Runs a query on the connection that a unit of work reads."""

    def __call__(self, query: Callable[[Reads], T], /) -> T: ...


class Mark(NamedTuple):
    """A point to roll back to."""

    undo: int
    facts: int
    changes: int
    writes: int
    postponed: int


class UnitOfWork:
    """Collects facts and rows, rolls them back to a mark, and returns the remaining ones as batches.

    `cache` is None under the table lock: everything is then read again, through `read` on the locked connection.
    """

    def __init__(self, own: str, loader: Loader, read: Read, cache: Cache | None) -> None:
        self.own, self._loader, self._read, self._cache = own, loader, read, cache
        self.replicas: dict[str, Replica] = {}
        self.fresh: set[UUID] = set()
        self.earlier: dict[UUID, CommandRow] = {}
        self.claimed: set[UUID] = set()
        self.in_doubt = False
        self._answers: set[UUID] = set()
        self._expected: list[UUID] = []
        self._held: set[UUID] = set()
        self._undo: list[tuple[str, Replica]] = []
        self._batch = Batch([], [], [])
        self._postponed: list[tuple[object, TableWriter, MakeRows]] = []

    def read(self, query: Callable[[Reads], T]) -> T:
        """Query the store as this transaction sees it."""
        return self._read(query)

    def expect(self, event_ids: Sequence[UUID]) -> None:
        """Announce ids for `has`, so that one query answers for all."""
        self._expected.extend(event_ids)

    def has(self, event_id: UUID) -> bool:
        """Whether that fact is recorded, in this transaction or an earlier one."""
        if event_id in self.fresh:
            return True
        if self._expected:
            expected, self._expected = self._expected, []
            self._held.update(self._read(lambda reads: reads.places(expected)))
        # another process may have recorded it since
        return event_id in self._held or bool(self._read(lambda reads: reads.places([event_id])))

    @property
    def locked(self) -> bool:
        """Whether this runs under the table lock, so that no other process can record anything meanwhile."""
        return self._cache is None

    @contextmanager
    def doubting(self, whether: bool) -> Iterator[None]:
        """Plan the calls of this block as calls that may have been made before."""
        before, self.in_doubt = self.in_doubt, whether
        try:
            yield
        finally:
            self.in_doubt = before

    def answers(self, causes: Iterable[UUID]) -> None:
        """Mark causes to which recovered own facts are the reaction."""
        self._answers.update(causes)

    def look_for_answers(self, causes: Sequence[UUID]) -> None:
        """Read from the store to which of these causes recovered own facts are the reaction."""
        self.answers(self._read(lambda reads: reads.answered(causes)))

    def answered(self, cause: UUID) -> bool:
        """Whether a recovered own fact is the reaction to this cause, as far as `look_for_answers` was asked."""
        return cause in self._answers

    def preload(self, aggregates: Iterable[str]) -> None:
        """Load the aggregates that are not loaded yet, with one query."""
        missing = [a for a in dict.fromkeys(aggregates) if a not in self.replicas and not self._cached(a)]
        if missing:
            self.replicas.update(self._read(lambda reads: self._loader.load(reads, missing)))

    def replica(self, aggregate: str) -> Replica:
        """The aggregate as the group sees it."""
        found = self.replicas.get(aggregate)
        if found is None:
            self.preload((aggregate,))
            found = self.replicas[aggregate]
        return found

    def refresh(self, aggregate: str) -> Replica:
        """The aggregate with the facts that another process of this service recorded meanwhile."""
        current = {aggregate: self.replica(aggregate)}
        if not any(fact.aggregate == aggregate for fact in self._batch.facts):
            self.replicas.update(self._read(lambda reads: self._loader.catch_up(reads, current)))
        return self.replicas[aggregate]

    def refold(self, aggregate: str) -> int:
        """Fold the aggregate from its first fact on, including skipped facts; returns the number of these."""
        rows = self._read(lambda reads: reads.events_after({aggregate: 0}))
        whole = [row._replace(topic=row.topic.removeprefix(SKIPPED)) for row in rows]
        self.replicas[aggregate] = self._loader.fold(aggregate, whole)
        return sum(row.skipped for row in rows)

    def record(self, aggregate: str, event: Event, raw: bytes, signature: bytes | None = None) -> Replica:
        """Add one fact, own or replicated, and fold it in. The store signs own facts without a signature."""
        before, mine = self.replica(aggregate), event.owner == self.own
        replica = before.after(event, digest(raw), mine)
        self._add(aggregate, before, replica, event, event.type, raw, signature)
        self._batch.changes.append(AppliedEvent(aggregate, event, replica.state, mine))
        return replica

    def skip(self, aggregate: str, event: Event, raw: bytes) -> None:
        """Add a fact as skipped: its ownerseq is taken, its content ignored."""
        before = self.replica(aggregate)
        replica = before.passed(event.owner, StreamHead(event.ownerseq, digest(raw)))
        self._add(aggregate, before, replica, event, SKIPPED + event.type, raw)

    def _add(
        self,
        aggregate: str,
        before: Replica,
        after: Replica,
        event: Event,
        topic: str,
        raw: bytes,
        signature: bytes | None = None,
    ) -> None:
        self._undo.append((aggregate, before))
        self.replicas[aggregate] = after
        self.fresh.add(event.id)
        row = StoredEvent(
            aggregate, after.version, topic, raw, event.id, event.owner, event.ownerseq, event.recordedtime,
            event.owner == self.own, signature,
        )  # fmt: skip
        self._batch.facts.append(row)

    def write(self, writer: TableWriter, *rows: Row) -> None:
        """Add rows of another table."""
        if writer is COMMANDS:
            self.claimed.update(row[0] for row in rows)
        self._batch.writes.extend((writer, row) for row in rows)

    def postpone(self, key: object, writer: TableWriter, rows: MakeRows) -> None:
        """Add rows of another table at the end of the transaction. Only the last ones of the same `key` are made."""
        self._postponed.append((key, writer, rows))

    def write_postponed(self, mark: Mark | None = None) -> None:
        """Make and add the rows postponed since `mark`, or all. Call it before the writes are taken."""
        start = 0 if mark is None else mark.postponed
        last = {key: (writer, rows) for key, writer, rows in self._postponed[start:]}
        del self._postponed[start:]
        for writer, rows in last.values():
            self.write(writer, *rows())

    def mark(self) -> Mark:
        """The present point, for `rollback`."""
        facts, changes, writes = self._batch
        return Mark(len(self._undo), len(facts), len(changes), len(writes), len(self._postponed))

    def rollback(self, mark: Mark) -> None:
        """Undo everything since `mark`."""
        for aggregate, replica in reversed(self._undo[mark.undo :]):
            self.replicas[aggregate] = replica
        self.fresh.difference_update(fact.event_id for fact in self._batch.facts[mark.facts :])
        undone = self._batch.writes[mark.writes :]
        self.claimed.difference_update(row[0] for writer, row in undone if writer is COMMANDS)
        del self._undo[mark.undo :], self._batch.facts[mark.facts :]
        del self._batch.changes[mark.changes :], self._batch.writes[mark.writes :]
        del self._postponed[mark.postponed :]

    def since(self, mark: Mark) -> Batch:
        """Everything added since `mark`."""
        facts, changes, writes = self._batch
        return Batch(facts[mark.facts :], changes[mark.changes :], writes[mark.writes :])

    def everything(self) -> Batch:
        """All writes of the transaction."""
        return self._batch

    def save(self) -> None:
        """Add the snapshots that are due. Call it last."""
        for aggregate, replica, row in self._loader.snapshots(self.touched()):
            self.replicas[aggregate] = replica
            self.write(SNAPSHOTS, row)

    def touched(self) -> Sequence[tuple[str, Replica]]:
        """Every aggregate that got a fact, as it is now."""
        return [(a, self.replicas[a]) for a in dict.fromkeys(fact.aggregate for fact in self._batch.facts)]

    def _cached(self, aggregate: str) -> bool:
        found = self._cache.get(aggregate) if self._cache is not None else None
        if found is not None:
            self.replicas[aggregate] = found
        return found is not None
