"""A session is cleaned up after an error before it is handed out again."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.persistence import DataError

from desk.eventstore.connections.datastore import Datastore
from desk.eventstore.schema import migrate

pytestmark = pytest.mark.postgres
DIVIDE = "SELECT 1 / %b::int"


@pytest.fixture
def datastore(database: str) -> Iterator[Datastore]:
    """A datastore with a single session, so that every use gets the same one."""
    migrate(database, "docs")
    with Datastore(database, "docs", pool_size=1, overflow=0) as found:
        found.pool.open(wait=True)
        yield found


def divide(datastore: Datastore, divisor: int) -> int:
    """Run a statement that the driver prepares."""
    with datastore.get_connection() as connection, connection.cursor() as cursor:
        (row,) = cursor.execute(DIVIDE, (divisor,), prepare=True)
        return next(iter(row.values()))  # type: ignore[no-any-return]


def fail_in_a_pipeline(datastore: Datastore, error: type[Exception] | None = None) -> None:
    """Run a pipeline with a refused row, a statement behind it that the server never sees, and an own error, if any."""
    with datastore.get_connection() as connection, connection.pipeline() as pipeline, connection.transaction():
        connection.execute(DIVIDE, (0,))
        connection.execute(DIVIDE, (1,), prepare=True)
        if error is not None:
            raise error
        pipeline.sync()


def pid(datastore: Datastore) -> int:
    with datastore.get_connection() as connection:
        return connection.info.backend_pid


def test_statements_behind_a_refused_row_of_a_pipeline_are_prepared_anew(datastore: Datastore) -> None:
    with pytest.raises(Exception, match="division by zero"):
        fail_in_a_pipeline(datastore)
    assert divide(datastore, 1) == 1


def test_a_second_error_of_a_session_is_cleared_up_like_the_first(datastore: Datastore) -> None:
    with pytest.raises(Exception, match="division by zero"), datastore.get_connection() as connection:
        connection.execute("SELECT 1 / 0")
    for _ in range(3):
        assert divide(datastore, 1) == 1
        with pytest.raises(Exception, match="division by zero"):
            divide(datastore, 0)
    assert divide(datastore, 1) == 1


def test_an_error_of_our_own_in_a_pipeline_leaves_nothing_behind_either(datastore: Datastore) -> None:
    with pytest.raises((LookupError, DataError)):  # the answer to the row may come first
        fail_in_a_pipeline(datastore, LookupError)
    assert divide(datastore, 1) == 1


def test_errors_of_rows_do_not_cost_the_session(datastore: Datastore) -> None:
    before = pid(datastore)
    for _ in range(10):
        with pytest.raises(Exception, match="division by zero"):
            fail_in_a_pipeline(datastore)
        with pytest.raises(Exception, match="division by zero"):
            divide(datastore, 0)
        assert divide(datastore, 1) == 1
    assert pid(datastore) == before


def test_a_session_that_cannot_be_cleared_up_is_not_used_again(
    datastore: Datastore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pid(datastore)
    with pytest.raises(LookupError), datastore.get_connection() as connection:
        monkeypatch.setattr(connection, "execute", lambda *_, **__: raises())
        raise LookupError
    assert pid(datastore) != before


def raises() -> None:
    raise psycopg.errors.InFailedSqlTransaction("refused")


def test_a_session_with_a_limit_of_its_own_is_replaced_when_a_statement_reaches_it(datastore: Datastore) -> None:
    """A session keeps the limit of its role that was set while it was opened."""
    before = pid(datastore)
    with pytest.raises(Exception, match="timeout"), datastore.get_connection() as connection:
        connection.execute("SET statement_timeout = '1ms'")
        connection.execute("SELECT pg_sleep(1)")
    assert pid(datastore) != before
