"""A server that hangs: callers wait at most three seconds, and transactions that it committed meanwhile are found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from desk.eventstore.connections.hang_detection import ServerSilent, WatchedConnection
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.keyring.postgres import PostgresKeyRing
from desk.testing.notes import NOTES, TICKETS, NoPolicies, context, say
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing.faults import hung, stopped

pytestmark = [pytest.mark.postgres, pytest.mark.alone]
AT_MOST, RECOVERS = 3.6, 10.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that the test may stop."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("hanging"), fsync=False) as found:
        yield found


@pytest.fixture
def event_log(server: EmbeddedPostgres) -> Iterator[EventLog]:
    migrate(server.url, "docs")
    log = EventLog(server.url, "docs", NOTES, Tables(), NoPolicies())
    log.start()
    yield log
    log.stop()


def refused_after(work: Callable[[], Any]) -> float:
    """Seconds until the work was refused as unavailable."""
    start = time.monotonic()
    with pytest.raises(StoreUnavailable):
        work()
    return time.monotonic() - start


def test_reads_writes_and_what_comes_later_are_refused_in_time_and_work_again_alone(
    server: EmbeddedPostgres, event_log: EventLog
) -> None:
    def written(number: int) -> Callable[[], Any]:
        return lambda: event_log.writer.submit_wait(Command(TICKETS, f"R{number}", say("hello"), context()), 30)

    def read() -> Any:
        return event_log.replica(TICKETS, "R1")

    written(0)()
    with hung(server), ThreadPoolExecutor(40) as people:
        at_once = [people.submit(refused_after, work) for work in (*map(written, range(20)), *[read] * 10)]
        later = []
        for _ in range(10):
            time.sleep(0.3)
            later.append(people.submit(refused_after, written(99)))
        waits = [one.result() for one in (*at_once, *later)]
    assert max(waits) < AT_MOST, sorted(waits)[-5:]
    within(RECOVERS, written(100))
    assert read().version == 0 or read().state.said("docs") == ("hello",)


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """The result of the work, as soon as the server answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            return work()
        except StoreUnavailable:
            assert time.monotonic() < end
            time.sleep(0.1)


SLOW = (
    "CREATE FUNCTION docs.slow() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_sleep(0.8); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON docs.commands DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION docs.slow()",
)
"""A slow commit."""


def test_a_commit_whose_answer_never_came_is_not_decided_twice(server: EmbeddedPostgres, event_log: EventLog) -> None:
    command = Command(TICKETS, "C1", say("once"), context())
    with psycopg.connect(server.url, autocommit=True) as admin, ThreadPoolExecutor(1) as person:
        for statement in SLOW:
            admin.execute(statement.encode())
        waiting = person.submit(refused_after, lambda: event_log.writer.submit_wait(command, 30))
        time.sleep(0.4)
        with hung(server):
            assert waiting.result() < AT_MOST + 0.4
        answers = [within(RECOVERS, lambda: event_log.writer.submit_wait(command, 30)) for _ in range(2)]
        admin.execute("DROP FUNCTION docs.slow() CASCADE")
    assert [answer.repeat for answer in answers] == [True, True]
    assert len({event.id for answer in answers for event in answer.events}) == 1
    assert event_log.replica(TICKETS, "C1").state.said("docs") == ("once",)


def test_a_long_statement_is_waited_for_while_the_server_answers_others(
    server: EmbeddedPostgres, event_log: EventLog
) -> None:
    assert event_log.store.execute(lambda cursor: cursor.execute("SELECT 'slow', pg_sleep(4)").fetchone())


def test_a_session_that_never_got_its_statement_is_given_up_alone(
    server: EmbeddedPostgres, event_log: EventLog
) -> None:
    """One backend of the server is stopped while idle; statements sent to it are not read."""
    with WatchedConnection.connect(server.url, autocommit=True) as session:
        pid = session.execute("SELECT pg_backend_pid()").fetchone()
        assert pid is not None
        with stopped(pid[0]):
            start = time.monotonic()
            with pytest.raises(ServerSilent, match="others"):
                session.execute("SELECT 1")
            assert 2 < time.monotonic() - start < 5
    assert event_log.replica(TICKETS, "none").version == 0


def test_the_key_ring_refuses_in_time_too(server: EmbeddedPostgres) -> None:
    with PostgresKeyRing(server.url) as ring:
        ring.key_for("somebody")
        with hung(server):
            assert max(refused_after(lambda: ring.key_for("other")) for _ in range(2)) < AT_MOST
        assert within(RECOVERS, lambda: ring.key_for("other"))


def test_who_lives_is_asked_in_bounded_time(server: EmbeddedPostgres, event_log: EventLog) -> None:
    """Every loop that claims leased rows waits for this query."""
    presence = event_log.presence
    assert presence.ended(set()) == []
    with hung(server):
        assert max(refused_after(lambda: presence.ended({7})) for _ in range(2)) < AT_MOST
    assert within(RECOVERS, lambda: presence.ended({7})) == []


def test_a_session_that_hangs_alone_does_not_hold_up_the_question_who_lives(
    server: EmbeddedPostgres, event_log: EventLog
) -> None:
    presence = event_log.presence
    assert presence.ended(set()) == [] and presence._connection is not None
    with stopped(presence._connection.info.backend_pid):
        assert refused_after(lambda: presence.ended({7})) < AT_MOST
        assert presence.ended({7}) == [], "asked on another session"


def test_a_table_that_somebody_locks_is_waited_for_no_longer_than_a_hang(
    server: EmbeddedPostgres, event_log: EventLog
) -> None:
    def written(number: int) -> Callable[[], Any]:
        return lambda: event_log.writer.submit_wait(Command(TICKETS, f"L{number}", say("hello"), context()), 30)

    with psycopg.connect(server.url) as other, ThreadPoolExecutor(10) as people:
        other.execute("LOCK TABLE docs.stored_events IN SHARE MODE")
        waits = []
        for number in range(8):
            waits.append(people.submit(refused_after, written(number)))
            time.sleep(0.4)
        other.execute("LOCK TABLE docs.timers IN SHARE MODE")
        touch = "UPDATE timers SET leased = NULL"
        waits.append(
            people.submit(refused_after, lambda: event_log.store.execute(lambda cursor: cursor.execute(touch)))
        )
        assert max(one.result() for one in waits) < AT_MOST
    within(RECOVERS, written(1))
