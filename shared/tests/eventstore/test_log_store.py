"""The store on real PostgreSQL: outcomes unknown, connections lost, migrations at once, reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from desk.clock import HybridClock
from desk.contract.event import Stream
from desk.eventstore.aggregate_id import aggregate_of, split
from desk.eventstore.errors import Conflict, StoreUnavailable
from desk.eventstore.schema import migrate
from desk.eventstore.store import Store
from desk.eventstore.table_writer import Batch, StoredEvent
from desk.inbox.positions import POSITIONS, read_positions
from desk_deploy.postgres.instance import EmbeddedPostgres

pytestmark = pytest.mark.postgres
CLOCK = HybridClock()


def row(aggregate: str, version: int, *, own: bool = True) -> StoredEvent:
    owner = "sla" if own else "docs"
    return StoredEvent(
        aggregate, version, f"desk.{owner}.said.v1", b'{"raw":"\x00"}', uuid4(), owner, version, CLOCK.tick(), own
    )


def batch(*rows: StoredEvent) -> Batch:
    return Batch(list(rows), [], [])


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    migrate(database, "sla")
    store = Store(database, "sla")
    yield store
    store.close()


def test_a_batch_is_read_back_as_written(store: Store) -> None:
    rows = [row("T1", 1), row("T1", 2, own=False), row("people:C1", 1)]
    store.append(batch(*rows))
    found = store.read(lambda reads: reads.events_after({"T1": 0, "people:C1": 0}))
    assert [(r.aggregate, r.version, r.owner, r.raw) for r in found] == [
        ("T1", 1, "sla", rows[0].raw), ("T1", 2, "docs", rows[1].raw), ("people:C1", 1, "sla", rows[2].raw)
    ]  # fmt: skip
    assert [fact.event_id for fact in store.read(lambda reads: reads.own_after(0, 10))] == [
        rows[0].event_id, rows[2].event_id
    ]  # fmt: skip
    assert store.read(lambda reads: reads.own_of("T1", 0)) == [rows[0].raw]
    assert store.read(lambda reads: reads.events_after({"T1": 1}))[0].version == 2


def test_a_taken_version_is_a_conflict_and_writes_nothing(store: Store) -> None:
    store.append(batch(row("T1", 1)))
    rows = [row("T2", 1), row("T1", 1)]
    with pytest.raises(Conflict):
        store.append(Batch(rows, [], [(POSITIONS, ("docs", "e", 0, 9))]))
    assert store.read(lambda reads: reads.places([r.event_id for r in rows])) == {}
    assert store.execute(read_positions) == {}


def test_a_commit_whose_answer_was_lost_is_no_conflict_and_not_doubled(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, lost = store._insert, [True]

    def commit_and_lose_the_answer(written: Batch) -> None:
        insert(written)
        if lost.pop() if lost else False:
            raise OperationalError("connection lost")

    monkeypatch.setattr(store, "_insert", commit_and_lose_the_answer)
    for number in range(1, 21):
        lost.append(True)
        store.append(batch(row("T1", number)))
    assert [r.version for r in store.read(lambda reads: reads.events_after({"T1": 0}))] == list(range(1, 21))


def test_a_session_ended_by_the_server_is_replaced(store: Store, database: str) -> None:
    store.append(batch(row("T1", 1)))
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'desk-sla'")
    store.append(batch(row("T1", 2)))
    assert store.read(lambda reads: reads.versions(["T1", "T2"])) == {"T1": 2, "T2": 0}


@pytest.mark.alone
def test_a_table_held_by_somebody_else_is_unavailable_after_the_lock_time_out(store: Store, database: str) -> None:
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE sla.stored_events IN EXCLUSIVE MODE")
        start = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.append(batch(row("T1", 1)))
        assert 1.5 < time.monotonic() - start < 4


@pytest.mark.alone
def test_a_database_that_is_away_fails_fast_and_comes_back_alone(tmp_path: Any) -> None:
    with EmbeddedPostgres(tmp_path, fsync=False) as server:
        migrate(server.url, "sla")
        store = Store(server.url, "sla")
        store.append(batch(row("T1", 1)))
        server.kill()
        start = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.append(batch(row("T1", 2)))
        assert time.monotonic() - start < 5
        server.start()
        _within(10, lambda: store.append(batch(row("T1", 2))))
        assert store.read(lambda reads: reads.versions(["T1"])) == {"T1": 2}
        store.close()


def test_appends_of_two_processes_do_not_deadlock_and_own_facts_come_in_commit_order(database: str) -> None:
    migrate(database, "sla")
    stores = [Store(database, "sla"), Store(database, "sla")]

    def write(number: int) -> None:
        written = Batch([row(f"T{number}", 1)], [], [(POSITIONS, ("docs", "e", number % 2, number))])
        stores[number % 2].append(written)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(100)))
    seen = _followed(stores[0])
    assert len(seen) == 100
    assert seen == sorted(seen)
    for store in stores:
        store.close()


def test_many_processes_may_migrate_at_once(database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda owner: migrate(database, owner), ["sla", "sla", "docs", "sla"]))
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT count(*) FROM sla.schema_versions").fetchone()
    assert rows == (1,)


def test_each_store_has_an_incarnation_of_its_own(database: str) -> None:
    for owner in ("sla", "docs"):
        migrate(database, owner)
    with psycopg.connect(database) as connection:
        epochs = connection.execute("SELECT epoch FROM sla.relay UNION SELECT epoch FROM docs.relay").fetchall()
    assert len(epochs) == 2


@pytest.mark.parametrize(
    ("stream", "subject", "aggregate"),
    [
        (Stream.TICKETS, "0190", "0190"),
        (Stream.TICKETS, "odd:0190", "odd:0190"),
        (Stream.PEOPLE, "a:b", "people:a:b"),
        (Stream.OPS, "sla", "ops:sla"),
    ],
)
def test_an_aggregate_is_named_by_stream_and_subject(stream: Stream, subject: str, aggregate: str) -> None:
    assert aggregate_of(stream, subject) == aggregate
    assert split(aggregate) == (stream, subject)


def test_a_ticket_cannot_be_named_like_another_stream() -> None:
    with pytest.raises(ValueError, match="without ':'"):
        aggregate_of(Stream.TICKETS, "people:C1")


def _followed(store: Store) -> list[int]:
    """The positions of own facts, read as a relay reads them."""
    seen, page = list[int](), store.own_after(0, 7)
    while page:
        seen += [fact.position for fact in page]
        page = store.own_after(seen[-1], 7)
    return seen


def _within(seconds: float, work: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            work()
            return
        except StoreUnavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
