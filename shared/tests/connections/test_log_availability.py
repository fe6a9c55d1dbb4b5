"""Errors of the server are waited for; errors of the row are final."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing import persistence
from psycopg.errors import lookup
from psycopg_pool import PoolClosed, PoolTimeout

from desk.bus.retrying_apply import RetryingApply
from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.planning import Arm, Due, TimerChange
from desk.eventstore.connections.error_classification import is_spoilt, is_unavailable
from desk.eventstore.connections.retry_deadline import RetryDeadline
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.http.problems.exception_handlers import problem_of
from desk.inbox.inbox import Inbox
from desk.inbox.parked_admin import Parking
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, context, say, text_of
from desk.testing.peers import Peer
from desk.timers.scheduler import Timers
from desk_deploy.testing.faults import refusing

SERVER = """
    08000 08001 08003 08006 25006 25P02 25P03 25P04 26000 28000 28P01 3D000 3F000 40001 40003 40P01 42501 42703 42P01
    53000 53100 53200 53300 53400 55000 55006 55P03 57014 57P01 57P02 57P03 57P05 58000 58030 XX000 XX001 XX002
    """.split()  # noqa: SIM905
ROW = """
    21000 22001 22003 22021 22P02 22P05 23502 23503 23505 23514 23P01 40002 42601 42804 54000 P0001
    """.split()  # noqa: SIM905
CAUSES = ["53100", "25006", "58030", "XX001", "57014", "40001", "42P01", "25P02"]


def of(state: str) -> psycopg.Error:
    """An error as the driver raises it for a server error."""
    try:
        return lookup(state)("refused")
    except KeyError:
        error = psycopg.DatabaseError("refused")
        error.sqlstate = state
        return error


def as_library(error: psycopg.Error) -> Exception:
    """The same error as the library raises it."""
    library = persistence.InternalError("refused")
    library.__cause__ = error
    return library


@pytest.mark.parametrize("state", SERVER)
def test_what_the_server_cannot_do_now_is_unavailable_however_it_is_wrapped(state: str) -> None:
    wrapped = RuntimeError("a handler's own")
    wrapped.__cause__ = as_library(of(state))
    assert [is_unavailable(error) for error in (of(state), as_library(of(state)), wrapped)] == [True] * 3
    problem = problem_of(of(state))
    assert problem is not None
    assert (problem.status, problem.headers["Retry-After"]) == (503, "2")
    with pytest.raises(StoreUnavailable):
        RetryDeadline(0).wait_or_raise(as_library(of(state)))


@pytest.mark.parametrize("state", ROW)
def test_what_is_wrong_with_the_row_is_not(state: str) -> None:
    assert not is_unavailable(of(state))
    assert problem_of(of(state)) is None
    with pytest.raises(psycopg.Error):
        RetryDeadline(0).wait_or_raise(of(state))


@pytest.mark.parametrize("error", [psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed])
def test_a_connection_that_is_gone_is_unavailable_without_a_state(error: type[Exception]) -> None:
    assert is_unavailable(error("gone"))


@pytest.mark.parametrize("error", [psycopg.DataError, psycopg.ProgrammingError, psycopg.errors.PipelineAborted])
def test_a_value_that_cannot_be_sent_is_about_the_row(error: type[Exception]) -> None:
    assert not is_unavailable(error("NUL"))


def test_a_session_that_is_read_only_by_itself_is_not_used_again() -> None:
    assert [is_spoilt(of(state)) for state in ("25006", "26000", "57014", "53100", "40P01")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def plan(event: Event, _state: object) -> list[TimerChange]:
    """Arm a due timer for every fact of a peer."""
    return [Arm("reminder", text_of(event), event.recordedtime)] if event.owner != "docs" else []


def remind(due: Due, _state: object, _deciding: DecisionContext) -> list[Draft]:
    return [Draft(data=Answered(text=f"reminded of {due.key}"))]


@pytest.fixture
def event_log(database: str) -> Iterator[EventLog]:
    migrate(database, "docs")
    tables = Tables(timers={"desk.intake.said.v1": plan}, due={"reminder": remind})
    log = EventLog(database, "docs", NOTES, tables, NoPolicies())
    log.start()
    yield log
    log.stop()


def let_writes_pass() -> None:
    """Wait until the effect of a refused write on the next one has expired."""
    time.sleep(0.6)


@pytest.mark.postgres
@pytest.mark.parametrize("state", CAUSES)
def test_a_fact_waits_for_the_server_and_is_never_parked_for_it(event_log: EventLog, database: str, state: str) -> None:
    peer, bus = Peer(), RetryingApply(event_log, Inbox(event_log).apply, tries=1)
    record = peer.says("first")
    with refusing(database, "docs", state):
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                bus.apply([record], [])
    let_writes_pass()
    assert Parking(event_log).count() == 0
    bus.apply([record, peer.says("second")], [])
    assert event_log.replica(TICKETS, "T1").state.said("intake") == ("first", "second")


@pytest.mark.postgres
def test_a_fact_whose_row_is_refused_is_parked_as_before(event_log: EventLog, database: str) -> None:
    with refusing(database, "docs", "23514"):
        Inbox(event_log).apply([Peer().says("first")])
    assert [row.cause for row in Parking(event_log).heads()] == ["handler"]


@pytest.mark.postgres
def test_a_command_is_unavailable_and_decided_once_when_it_is_repeated(event_log: EventLog, database: str) -> None:
    command = Command(TICKETS, "T1", say("hello"), context())
    with refusing(database, "docs", "53100"), pytest.raises(StoreUnavailable):
        event_log.writer.submit_wait(command, 10)
    with pytest.raises(StoreUnavailable, match="a moment ago"):
        event_log.writer.submit_wait(command, 10)
    let_writes_pass()
    assert [event_log.writer.submit_wait(command, 10).repeat for _ in range(2)] == [False, True]
    assert event_log.replica(TICKETS, "T1").state.said("docs") == ("hello",)


@pytest.mark.postgres
def test_a_timer_in_hand_fires_at_once_when_the_server_is_back_and_no_try_is_counted(
    event_log: EventLog, database: str
) -> None:
    Inbox(event_log).apply([Peer().says("first")])
    timers = Timers(event_log)
    with refusing(database, "docs", "53100"):
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                timers.turn()
    row = event_log.store.execute(lambda cursor: cursor.execute("SELECT tries, last_error FROM timers").fetchone())
    assert row == (0, "")
    let_writes_pass()
    assert (timers.turn(), timers.turn()) == (1, 0)
    assert event_log.replica(TICKETS, "T1").state.said("docs") == ("reminded of first",)


@pytest.mark.postgres
def test_a_refused_write_makes_the_store_not_ready_until_one_is_taken(event_log: EventLog, database: str) -> None:
    command = Command(TICKETS, "T1", say("hello"), context())
    assert event_log.store.refusal() is None
    with refusing(database, "docs", "53100"), pytest.raises(StoreUnavailable):
        event_log.writer.submit_wait(command, 10)
    assert event_log.store.refusal() == "the database refused a write"
    let_writes_pass()
    event_log.writer.submit_wait(command, 10)
    assert event_log.store.refusal() is None
