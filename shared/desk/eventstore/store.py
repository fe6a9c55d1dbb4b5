"""One service's event store: facts, view rows, calls, timers, positions and snapshots in one PostgreSQL transaction.

Based on the recorder of `eventsourcing`, with these deviations, each for a measured reason: the table lock comes first
(row locks before it deadlock two writers), rows are inserted by `unnest` of binary arrays, there is no NOTIFY (it takes
a lock of the whole cluster at commit), and retries are few and short. Insert order is commit order, so a reader that
follows the notification ids never skips a fact; the ids have gaps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import Cursor
from psycopg.rows import tuple_row

from desk.eventstore.connections.breaker import DatabaseBreaker, DatabaseUnavailable
from desk.eventstore.connections.datastore import Datastore
from desk.eventstore.connections.pipeline_flush import flush
from desk.eventstore.connections.retry_deadline import LONGEST, RetryDeadline
from desk.eventstore.errors import Conflict, StoreUnavailable
from desk.eventstore.reads import Reads
from desk.eventstore.rows import NotificationRow
from desk.eventstore.table_writer import Batch, DbCursor, View, insert_facts
from desk.eventstore.table_writer import StoredEvent as Fact
from desk.fault_points import fault_point
from desk.supervision.heartbeat import progressed

T = TypeVar("T")
RECENT = 5.0
"""Seconds after a refused write during which the next one is expected to be refused too."""
READ_ONLY = "SELECT current_setting('transaction_read_only') = 'on'"
PROBE = "UPDATE relay SET position = position"
"""A write that changes nothing, and is as durable as any other."""


class Store(PostgresApplicationRecorder):
    """The recorder of one service in its own schema. Thread-safe; `desk.eventstore.schema.migrate` creates the tables.

    `timed` is called with the duration of each successful append, in seconds. `sign` makes the signatures of own facts.
    """

    def __init__(self, url: str, schema: str, views: Sequence[View] = (), *, pool_size: int = 2) -> None:
        super().__init__(Datastore(url, schema, pool_size=pool_size))
        self.url, self.schema, self.views = url, schema, list(views)
        self.timed: Callable[[float], None] = lambda _seconds: None
        self.sign: Callable[[bytes], bytes] | None = None
        self._writes, self._refused = DatabaseBreaker(), float("-inf")

    def append(self, batch: Batch) -> None:
        """Write everything or nothing.

        Conflict when another transaction has written a version, id or unique row first; StoreUnavailable when the
        database does not answer and the outcome is unknown. A batch that proves to be committed is a success.
        """
        patience = RetryDeadline()
        batch = batch._replace(facts=self._signed(batch.facts))
        with self._writing():
            while True:
                try:
                    start = time.perf_counter()
                    self._insert(batch)
                    fault_point("committed")
                    progressed()
                    self.timed(time.perf_counter() - start)
                    return
                except IntegrityError as error:
                    if self._committed(batch):
                        return
                    raise Conflict(str(error).partition("\n")[0]) from error
                except PersistenceError as error:
                    patience.wait_or_raise(error)

    def write(self, cursor: DbCursor, batch: Batch) -> None:
        """Execute the statements of `append` inside a transaction that already holds the table lock."""
        self._insert_beside(cursor, batch)
        if batch.facts:
            insert_facts(cursor, self._signed(batch.facts))

    @contextmanager
    def locked(self) -> Iterator[Cursor[tuple[Any, ...]]]:
        """A transaction that holds the table lock: no other appends until it ends."""
        with self._writing(), self._errors(), self._transaction() as cursor:
            self._lock_table(cast(Any, cursor))
            yield cursor

    def read(self, query: Callable[[Reads], T]) -> T:
        """Run reads on a pooled connection; a lost connection is tried again. StoreUnavailable when none answers."""
        patience = RetryDeadline()
        while True:
            try:
                with self._cursor() as cursor:
                    found = query(Reads(cursor))
                progressed()
                return found
            except PersistenceError as error:
                patience.wait_or_raise(error)

    def own_after(self, position: int, limit: int) -> list[NotificationRow]:
        """Own facts after a notification id, in commit order, for the relay."""
        return self.read(lambda reads: reads.own_after(position, limit))

    def execute(self, work: Callable[[DbCursor], T]) -> T:
        """Run `work` in a transaction of its own, without the table lock. For tables other than the facts."""
        with self._errors(), self._transaction() as cursor:
            done = work(cursor)
        progressed()
        return done

    def refusal(self) -> str | None:
        """The reason why a write would be refused now; None if it would succeed. StoreUnavailable without answer."""
        (read_only,) = self.read(lambda reads: reads.cursor.execute(READ_ONLY).fetchone() or (False,))
        if read_only:
            return "the database is read-only"
        if time.monotonic() - self._refused < RECENT:
            return "the database refused a write"
        if not self._writes.closed:
            with self._writing():
                self.execute(lambda cursor: cursor.execute(PROBE))
        return None

    def close(self) -> None:
        """Close every connection."""
        self.datastore.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Refuse at once shortly after a write got no answer, so that the waits of queued groups do not add up."""
        try:
            self._writes.check(LONGEST)
        except DatabaseUnavailable as away:
            raise StoreUnavailable("the database refused a write a moment ago; try again") from away
        try:
            yield
        except StoreUnavailable:
            self._refused = time.monotonic()
            self._writes.record_failure()
            raise
        except BaseException:
            self._writes.record_success()
            raise
        self._refused = float("-inf")
        self._writes.record_success()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise Conflict(str(error).partition("\n")[0]) from error
        except PersistenceError as error:
            RetryDeadline(0).wait_or_raise(error)

    @contextmanager
    def _cursor(self) -> Iterator[Cursor[tuple[Any, ...]]]:
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            yield cursor

    @contextmanager
    def _transaction(self) -> Iterator[Cursor[tuple[Any, ...]]]:
        with self._cursor() as cursor, cursor.connection.transaction():
            yield cursor

    def _signed(self, facts: list[Fact]) -> list[Fact]:
        sign = self.sign
        if sign is None:
            return facts
        return [f._replace(signature=sign(f.raw)) if f.own and f.signature is None else f for f in facts]

    def _insert(self, batch: Batch) -> None:
        cast(Any, PostgresApplicationRecorder.insert_events).__wrapped__(self, batch.facts, batch=batch)

    def _insert_events(self, curs: DbCursor, stored_events: Sequence[Any], **kwargs: Any) -> None:
        self._lock_table(curs)
        with curs.connection.cursor(row_factory=tuple_row) as cursor:
            self._insert_beside(cursor, kwargs["batch"])
            if not stored_events:
                flush(curs.connection)
                cursor.execute("SELECT 1").fetchone()  # raises an error of the pipeline before the commit

    def _insert_stored_events(self, curs: DbCursor, stored_events: Sequence[Any], **_: Any) -> None:
        insert_facts(curs, stored_events)
        flush(curs.connection)
        fault_point("rows written")

    def _fetch_ids_after_insert_events(self, curs: DbCursor, stored_events: Sequence[StoredEvent], **_: object) -> None:
        return None

    def _insert_beside(self, cursor: DbCursor, batch: Batch) -> None:
        for writer, rows in batch.by_writer():
            writer.write(cursor, rows)
        if batch.changes:
            for view in self.views:
                view.apply(cursor, batch.changes)

    def _committed(self, batch: Batch) -> bool:
        expected = {fact.event_id: (fact.aggregate, fact.version) for fact in batch.facts}
        return bool(expected) and self.read(lambda reads: reads.places(list(expected))) == expected
