"""The number of facts in a store is exact, and each is counted once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk.eventstore.event_counts import Totals
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.reads import Reads
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.testing.notes import NOTES, TICKETS, NoPolicies, context, say

pytestmark = pytest.mark.postgres


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    migrate(database, "triage")
    log = EventLog(database, "triage", NOTES, Tables(), NoPolicies())
    log.start()
    yield log
    log.stop()


def test_only_what_came_since_is_counted_and_the_sum_is_exact(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    after, whole, totals = list[int](), Reads.totals, Totals()

    def watched(reads: Reads, position: int = 0) -> tuple[int, int, int]:
        after.append(position)
        return whole(reads, position)

    assert log.store.read(totals.read) == (0, 0, 0)
    log.writer.submit_wait(Command(TICKETS, "T1", say("a", "b"), context()))
    before = log.store.read(totals.read)
    monkeypatch.setattr(Reads, "totals", watched)
    log.writer.submit_wait(Command(TICKETS, "T2", say("c"), context()))
    found = log.store.read(totals.read)
    assert (before[0], found[0]) == (2, 3)
    assert after == [before[2]]
    assert log.store.read(totals.read) == found == log.store.read(lambda reads: whole(reads))


def test_a_log_that_was_restored_to_an_earlier_point_is_counted_anew(log: EventLog) -> None:
    totals = Totals()
    log.writer.submit_wait(Command(TICKETS, "T1", say("a", "b"), context()))
    log.store.read(totals.read)
    log.store.execute(lambda cursor: cursor.execute("DELETE FROM stored_events WHERE originator_version = 2"))
    assert log.store.read(totals.read)[:2] == (1, 0)
