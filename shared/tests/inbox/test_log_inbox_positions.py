"""The position of a bus is saved only together with the records before it: applied, or parked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from desk.bus.retrying_apply import RetryingApply
from desk.eventstore.errors import Conflict, StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.eventstore.unit_of_work.work_items import Rows
from desk.inbox.inbox import Inbox
from desk.inbox.parked_admin import Parking
from desk.inbox.ports import RawRecord
from desk.inbox.positions import POSITIONS, read_positions
from desk.testing.notes import NOTES, TICKETS, NoPolicies, Talk, text_of
from desk.testing.peers import Peer

pytestmark = pytest.mark.postgres
PLACE = ("intake", "e", 0)
AT = [(*PLACE, 2)]
REFUSE = "ALTER TABLE parked ADD CONSTRAINT no_room CHECK (aggregate <> 'T1')"
ACCEPT = "ALTER TABLE parked DROP CONSTRAINT no_room"


class Locked:
    """A view whose statements for one text the server refuses: first as a mistake, then because of a lock."""

    name, version = "locked", 1
    states: Iterator[str] = iter(())

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        if any(text_of(change.event) == "odd" for change in changes) and (state := next(self.states, None)):
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$".encode())

    def clear(self, cursor: DbCursor) -> None:
        return None


LOCKED = Locked()


@pytest.fixture
def event_log(database: str) -> Iterator[EventLog]:
    migrate(database, "docs")
    LOCKED.states = iter(("22012", "55P03"))
    log = EventLog(database, "docs", NOTES, Tables(views=(LOCKED,)), NoPolicies())
    log.start()
    yield log
    log.stop()


def positions(log: EventLog) -> dict[tuple[str, str, int], int]:
    return log.store.execute(read_positions)


def lines(log: EventLog, subject: str) -> tuple[str, ...]:
    state: Talk = log.replica(TICKETS, subject).state
    return state.said("intake")


def batch() -> list[RawRecord]:
    """A fact that must be parked because earlier ones are missing, and one of another ticket."""
    gap = Peer()
    gap.says("missing")
    return [gap.says("a"), Peer(subject="T2").says("x")]


def test_no_position_is_saved_while_a_record_could_not_even_be_parked(event_log: EventLog) -> None:
    records, inbox = batch(), Inbox(event_log)
    event_log.store.execute(lambda cursor: cursor.execute(REFUSE))
    with pytest.raises(Conflict):
        inbox.apply(records, AT)
    assert (positions(event_log), lines(event_log, "T2")) == ({}, ("x",))

    event_log.store.execute(lambda cursor: cursor.execute(ACCEPT))
    inbox.apply(records, AT)
    assert positions(event_log) == {PLACE: 2}
    assert [row.record.value for row in Parking(event_log).listed()] == [records[0].value]


def test_a_bus_that_gives_up_on_a_batch_saves_no_position_either(event_log: EventLog) -> None:
    stubborn = RetryingApply(event_log, Inbox(event_log).apply, tries=1)
    event_log.store.execute(lambda cursor: cursor.execute(REFUSE))
    with pytest.raises(Conflict):
        stubborn.apply(batch(), AT)
    assert positions(event_log) == {}


def test_no_position_is_saved_while_the_database_cannot_take_one_ticket_now(event_log: EventLog) -> None:
    inbox, records = Inbox(event_log), [Peer().says("odd"), Peer(subject="T2").says("x")]
    with pytest.raises(StoreUnavailable):
        inbox.apply(records, AT)
    assert (positions(event_log), lines(event_log, "T1"), lines(event_log, "T2")) == ({}, (), ("x",))
    inbox.apply(records, AT)
    assert (positions(event_log), lines(event_log, "T1")) == ({PLACE: 2}, ("odd",))
    assert Parking(event_log).count() == 0


@pytest.mark.parametrize(
    "wrong", [{"ownerseq": 2**63}, {"source": "/desk/in\x00take", "type": "desk.in\x00take.said.v1"}]
)
def test_a_record_whose_envelope_no_row_can_hold_is_parked_by_its_bytes(
    event_log: EventLog, wrong: dict[str, Any]
) -> None:
    bad, good = Peer(), Peer(subject="T2")
    records = [bad.lies("a", **wrong), good.says("x"), bad.says("b")]
    Inbox(event_log).apply(records, AT)
    assert positions(event_log) == {PLACE: 2}
    parked = Parking(event_log).listed()
    assert [(row.record.value, row.owner, row.ownerseq) for row in parked] == [
        (records[0].value, "", 0),
        (records[2].value, "", 0),
    ]
    assert [row.cause for row in parked] == ["handler", "behind"]
    assert lines(event_log, "T2") == ("x",)
    Parking(event_log).retry("T1")
    assert Parking(event_log).listed()[0].record.value == records[0].value


def test_rows_are_not_written_without_what_they_come_after(event_log: EventLog) -> None:
    absent = Rows(POSITIONS, (("intake", "e", 1, 1),))
    late = Rows(POSITIONS, (("intake", "e", 0, 1),), after=(absent,))
    alone, together = (event_log.writer.together(items).result(10) for items in ([late], [absent, late]))
    assert isinstance(alone[0].error, Conflict)
    assert [outcome.error for outcome in together] == [None, None]
    assert positions(event_log) == {("intake", "e", 0): 1, ("intake", "e", 1): 1}
