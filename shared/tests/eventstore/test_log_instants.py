"""Times that PostgreSQL keeps and Python cannot hold: they are read everywhere, marked in lists, and stop no loop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from desk.contract.bounds import EARLIEST, LATEST
from desk.contract.event import Draft
from desk.decision.context import DecisionContext
from desk.decision.planning import Due
from desk.eventstore.connections.out_of_range_times import mark_unread
from desk.eventstore.connections.unreadable_rows import REBUILD, Unread, UnreadableRow, readable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.store import Store
from desk.testing.notes import NOTES, TICKETS, NoPolicies, Said
from desk.timers.scheduler import Timers

pytestmark = pytest.mark.postgres
ODD = {
    "0001-12-31 10:00:00+00 BC": EARLIEST,
    "4713-01-01 00:00:00+00 BC": EARLIEST,
    "-infinity": EARLIEST,
    "10000-01-01 00:00:00+00": LATEST,
    "infinity": LATEST,
    "0001-01-01 00:00:00+00": datetime(1, 1, 1, tzinfo=UTC),
    "9999-12-31 23:59:59+00": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
}


@pytest.fixture(params=["UTC", "America/New_York", "Pacific/Kiritimati"])
def store(request: pytest.FixtureRequest, database: str) -> Iterator[Store]:
    """A store on a server with another time zone and date style."""
    with psycopg.connect(database, autocommit=True) as session:
        name = session.info.dbname
        session.execute(f"ALTER DATABASE \"{name}\" SET timezone TO '{request.param}'".encode())
        session.execute(f"ALTER DATABASE \"{name}\" SET datestyle TO 'German'".encode())
    migrate(database, "docs")
    made = Store(database, "docs")
    yield made
    made.close()


def test_every_connection_works_in_utc(store: Store) -> None:
    rows = store.execute(lambda cursor: cursor.execute("SELECT current_setting('TimeZone'), now()").fetchall())
    ((zone, now),) = rows
    assert zone == "UTC"
    assert now.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("text", ODD)
def test_a_time_that_python_cannot_hold_is_read_as_the_nearest_bound(store: Store, text: str, binary: bool) -> None:
    query = "SELECT %s::timestamptz"
    rows = store.execute(lambda cursor: cursor.execute(query, (text,), binary=binary).fetchall())
    assert rows == [(ODD[text],)]


def test_a_list_gets_such_a_time_marked_and_can_page_past_it(store: Store) -> None:
    query = "SELECT t, t > %s::timestamptz FROM unnest(%s::timestamptz[]) AS t ORDER BY t"
    texts = ["0001-12-31 10:00:00+00 BC", "2026-03-02 09:00:00+00"]
    rows = store.execute(lambda cursor: mark_unread(cursor).execute(query, (texts[0], texts)).fetchall())
    assert rows == [(texts[0], False), (datetime(2026, 3, 2, 9, tzinfo=UTC), True)]
    assert isinstance(rows[0][0], Unread)


def test_a_row_that_nothing_can_be_made_of_is_left_out_under_its_name() -> None:
    def item(row: int) -> int:
        return 10 // row

    assert readable([1, 0, 5], item, str) == (
        [10, 2],
        [
            UnreadableRow(
                "0",
                "ZeroDivisionError while it was read",
                REBUILD,
            )
        ],
    )


def test_a_timer_due_before_the_year_1_fires_and_holds_up_no_other(store: Store, database: str) -> None:
    def handler(due: Due, _state: object, _deciding: DecisionContext) -> list[Draft]:
        return [Draft(data=Said(text=f"{due.key} was due"))]

    log = EventLog(database, "docs", NOTES, Tables(due={"remind": handler}), NoPolicies())
    log.start()
    statement = "INSERT INTO timers (aggregate, timer, natural_key, due, data) VALUES ('T1', 'remind', %s, %s, '')"
    for key, due in (("old", "0001-12-31 10:00:00+00 BC"), ("new", "2026-03-02 09:00:00+00")):
        log.store.execute(lambda cursor, row=(key, due): cursor.execute(statement, row))  # type: ignore[misc]
    assert Timers(log).turn() == 2
    assert sorted(log.replica(TICKETS, "T1").state.said("docs")) == ["new was due", "old was due"]
    assert log.store.execute(lambda cursor: cursor.execute("SELECT count(*) FROM timers").fetchall()) == [(0,)]
    log.stop()


def test_a_fact_recorded_before_the_year_1_stops_neither_start_nor_relay(store: Store, database: str) -> None:
    log = EventLog(database, "docs", NOTES, Tables(), NoPolicies())
    row = (
        "INSERT INTO stored_events (originator_id, originator_version, topic, state, event_id, owner, ownerseq,"
        " recorded, own) VALUES ('T1', 1, 'desk.docs.said.v1', '\\x7b7d', gen_random_uuid(), 'docs', 1,"
        " '0001-12-31 10:00:00+00 BC', true)"
    )
    log.store.execute(lambda cursor: cursor.execute(row))
    log.start()
    assert [fact.recorded for fact in log.store.own_after(0, 10)] == [EARLIEST]
    assert log.store.read(lambda reads: reads.last())[1] == EARLIEST
    assert log.store.read(lambda reads: len(reads.all_after(0, 10))) == 1
    log.stop()
