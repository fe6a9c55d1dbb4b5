"""A batch that cannot be applied is retried, then parked by aggregate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from desk.bus.retrying_apply import RetryingApply
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import Row
from desk.inbox.inbox_result import InboxResult
from desk.inbox.parked_admin import Parking
from desk.inbox.ports import RawRecord
from desk.testing.notes import NOTES, NoPolicies

pytestmark = pytest.mark.postgres
GOOD, BAD = RawRecord("desk.tickets.v1", b"T-good", b"{}"), RawRecord("desk.tickets.v1", b"T-bad", b"{}")


@pytest.fixture
def event_log(database: str) -> Iterator[EventLog]:
    migrate(database, "docs")
    log = EventLog(database, "docs", NOTES, Tables(), NoPolicies())
    log.start()
    yield log
    log.stop()


class Applied:
    """An inbox that fails for batches whose keys match `fails`."""

    def __init__(self, fails: Callable[[list[object]], Exception | None]) -> None:
        self._fails = fails
        self.done: list[object] = []
        self.rows: list[Row] = []

    def __call__(self, records: Sequence[RawRecord], rows: Sequence[Row]) -> InboxResult:
        keys: list[object] = [record.key for record in records]
        error = self._fails(keys)
        if error is not None:
            raise error
        self.done += keys
        self.rows += rows
        return InboxResult()


def test_an_aggregate_that_fails_again_and_again_is_parked_and_the_others_are_applied(event_log: EventLog) -> None:
    applied = Applied(lambda keys: RuntimeError() if b"T-bad" in keys else None)
    retrying = RetryingApply(event_log, applied, 3)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            retrying.apply([GOOD, BAD], [("t", "id", 0, 2)])
    retrying.apply([GOOD, BAD], [("t", "id", 0, 2)])

    assert (applied.done, applied.rows) == ([b"T-good"], [("t", "id", 0, 2)])
    parked = Parking(event_log).listed()
    assert [(row.aggregate, row.cause, row.record.value) for row in parked] == [("T-bad", "handler", b"{}")]


def test_an_absent_store_is_waited_for_and_nothing_is_parked(event_log: EventLog) -> None:
    left = [StoreUnavailable("away")] * 20
    applied = Applied(lambda _keys: left.pop() if left else None)
    retrying = RetryingApply(event_log, applied, 3)
    for _ in range(20):
        with pytest.raises(StoreUnavailable):
            retrying.apply([GOOD], [])
    retrying.apply([GOOD], [])
    assert applied.done == [b"T-good"]
    assert Parking(event_log).count() == 0


def test_failures_are_forgotten_after_a_success(event_log: EventLog) -> None:
    answers: list[Exception | None] = [None, RuntimeError(), RuntimeError(), None, RuntimeError(), RuntimeError()]
    retrying = RetryingApply(event_log, Applied(lambda _keys: answers.pop()), 3)
    outcomes = []
    for _ in range(6):
        try:
            retrying.apply([GOOD], [])
            outcomes.append("applied")
        except RuntimeError:
            outcomes.append("again")
    assert outcomes == ["again", "again", "applied", "again", "again", "applied"]
