"""The seams of `eventsourcing` that the event store uses: a new version that moves one of them fails here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from eventsourcing.postgres import PostgresApplicationRecorder

from desk.eventstore.schema import migrate
from desk.eventstore.store import Store
from desk.eventstore.table_writer import Batch, DbCursor, Row, StoredEvent, TableWriter

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ("_insert_events", "_insert_stored_events", "_fetch_ids_after_insert_events")
LOCK = (
    "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND mode = 'ExclusiveLock'"
    " AND relation = 'stored_events'::regclass"
)
TRANSACTION = "SELECT pg_current_xact_id()::text"


class Watched(Store):
    """Notes which hook the library calls, in which transaction."""

    calls: list[tuple[str, str]]

    def _note(self, hook: str, cursor: Any) -> None:
        with cursor.connection.cursor(row_factory=psycopg.rows.tuple_row) as own:
            self.calls.append((hook, own.execute(TRANSACTION).fetchone()[0]))

    def _insert_events(self, curs: DbCursor, stored_events: Sequence[Any], **kwargs: Any) -> None:
        super()._insert_events(curs, stored_events, **kwargs)
        self._note("_insert_events", curs)

    def _insert_stored_events(self, curs: DbCursor, stored_events: Sequence[Any], **kwargs: Any) -> None:
        self._note("_insert_stored_events", curs)
        super()._insert_stored_events(curs, stored_events, **kwargs)

    def _fetch_ids_after_insert_events(self, curs: DbCursor, stored_events: Sequence[Any], **kwargs: Any) -> None:
        self._note("_fetch_ids_after_insert_events", curs)
        super()._fetch_ids_after_insert_events(curs, stored_events, **kwargs)


@pytest.fixture
def store(database: str) -> Iterator[Watched]:
    migrate(database, "sla")
    found = Watched(database, "sla")
    found.calls = []
    yield found
    found.close()


def batch(*aggregates: str, sink: Callable[[DbCursor, list[Row]], None] = lambda _cursor, _rows: None) -> Batch:
    """One own fact on each aggregate, and one row for the sink."""
    now = datetime.now(UTC)
    facts = [StoredEvent(name, 1, "desk.sla.said.v1", b"{}", uuid4(), "sla", 1, now, True) for name in aggregates]
    return Batch(facts, [], [(TableWriter("probe", 1, sink), ("row",))])


def test_the_installed_version_is_the_pinned_one() -> None:
    pinned = tomllib.loads((ROOT / "shared" / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"eventsourcing=={version('eventsourcing')}" in pinned, "read the recorder's ADR before you raise the pin"


@pytest.mark.parametrize("name", [*HOOKS, "_lock_table", "insert_events"])
def test_the_recorder_still_has_what_the_store_overrides_or_calls(name: str) -> None:
    assert callable(getattr(PostgresApplicationRecorder, name))


@pytest.mark.postgres
def test_one_append_goes_through_every_hook_once_in_one_transaction(store: Watched) -> None:
    seen: list[str] = []
    store.append(batch("T1", "T2", sink=lambda cursor, _rows: seen.append(cursor.execute(TRANSACTION).fetchone()[0])))  # type: ignore[index]
    assert [hook for hook, _ in store.calls] == list(HOOKS)
    assert {transaction for _, transaction in store.calls} == set(seen)
    assert len(seen) == 1


@pytest.mark.postgres
def test_rows_beside_the_facts_are_written_under_the_table_lock(store: Watched) -> None:
    locks: list[int] = []
    store.append(batch("T1", sink=lambda cursor, _rows: locks.append(cursor.execute(LOCK).fetchone()[0])))  # type: ignore[index]
    assert locks == [1]


@pytest.mark.postgres
def test_an_append_without_facts_runs_the_hook_beside_them_alone(store: Watched) -> None:
    rows: list[Row] = []
    store.append(batch(sink=lambda _cursor, found: rows.extend(found)))
    assert [hook for hook, _ in store.calls] == ["_insert_events"]
    assert rows == [("row",)]


@pytest.mark.postgres
def test_an_error_beside_the_facts_undoes_them_and_is_not_retried_by_the_library(store: Watched) -> None:
    tries: list[int] = []

    def fail(_cursor: DbCursor, rows: list[Row]) -> None:
        tries.append(len(rows))
        raise OperationalError("away")

    with pytest.raises(OperationalError):
        store._insert(batch("T1", sink=fail))
    assert tries == [1]
    assert store.read(lambda reads: reads.own_after(0, 10)) == []


@pytest.mark.postgres
def test_an_append_notifies_nobody(store: Watched) -> None:
    with psycopg.connect(store.url, autocommit=True) as session:
        session.execute(f"LISTEN {store.channel_name}".encode())
        store.append(batch("T1"))
        session.execute(f"NOTIFY {store.channel_name}, 'by hand'".encode())
        assert [found.payload for found in session.notifies(timeout=5, stop_after=1)] == ["by hand"]
