"""Transactions larger than any socket's buffer complete, on real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from desk.eventstore.schema import migrate
from desk.eventstore.store import Store
from desk.eventstore.table_writer import Batch, StoredEvent
from desk.inbox.parked_rows import PARKED

pytestmark = pytest.mark.postgres
SIZE, PATIENCE = 500_000, 30.0
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    migrate(database, "docs")
    made = Store(database, "docs")
    yield made
    made.close()


def in_time(store: Store, batch: Batch) -> None:
    """Append in a thread that may hang without holding up the tests."""
    thread = threading.Thread(target=store.append, args=(batch,), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the transaction never ended"


def test_facts_of_twenty_megabytes_are_written_in_one_transaction(store: Store) -> None:
    facts = [StoredEvent("T1", n, "note", bytes(SIZE), uuid4(), "docs", n, NOW, True) for n in range(1, 41)]
    in_time(store, Batch(facts, [], []))
    assert sum(len(row.raw) for row in store.read(lambda reads: reads.events_after({"T1": 0}))) == 40 * SIZE


def test_parked_records_of_twenty_megabytes_without_a_fact_are_written_too(store: Store) -> None:
    rows = [(f"T{n}", "desk.tickets.v1", "T1", bytes(SIZE), b"\x90", "undecodable", "", "", 0, None) for n in range(40)]
    in_time(store, Batch([], [], [(PARKED, row) for row in rows]))
    [(size,)] = store.execute(lambda cursor: cursor.execute("SELECT sum(length(value)) FROM parked").fetchall())
    assert size == 40 * SIZE
