"""The place up to which a bus was read is saved only with what stood before it: in the log, or parked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from desk.bus.retrying_apply import RetryingApply
from desk.eventstore.errors import Conflict, StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.eventstore.tables import Tables
from desk.eventstore.unit_of_work.work_items import Rows
from desk.inbox.admin import Parking
from desk.inbox.inbox import Inbox
from desk.inbox.positions import POSITIONS, read_positions
from desk.inbox.sources import RawRecord
from desk.testing.notes import NOTES, TICKETS, NoPolicies, Talk
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
        if any(change.event.data.text == "odd" for change in changes) and (state := next(self.states, None)):
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$".encode())

    def clear(self, cursor: DbCursor) -> None:
        return None


LOCKED = Locked()


@pytest.fixture
def opened(database: str) -> Iterator[EventLog]:
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
    """A fact that must be parked, for those before it are missing, and one of another ticket."""
    gap = Peer()
    gap.says("missing")
    return [gap.says("a"), Peer(subject="T2").says("x")]


def test_no_position_is_saved_while_a_record_could_not_even_be_parked(opened: EventLog) -> None:
    records, inbox = batch(), Inbox(opened)
    opened.store.execute(lambda cursor: cursor.execute(REFUSE))
    with pytest.raises(Conflict):
        inbox.apply(records, AT)
    assert (positions(opened), lines(opened, "T2")) == ({}, ("x",))

    opened.store.execute(lambda cursor: cursor.execute(ACCEPT))
    inbox.apply(records, AT)
    assert positions(opened) == {PLACE: 2}
    assert [row.record.value for row in Parking(opened).listed()] == [records[0].value]


def test_a_bus_that_gives_up_on_a_batch_saves_no_position_either(opened: EventLog) -> None:
    stubborn = RetryingApply(opened, Inbox(opened).apply, tries=1)
    opened.store.execute(lambda cursor: cursor.execute(REFUSE))
    with pytest.raises(Conflict):
        stubborn.apply(batch(), AT)
    assert positions(opened) == {}


def test_no_position_is_saved_while_the_database_cannot_take_one_ticket_now(opened: EventLog) -> None:
    inbox, records = Inbox(opened), [Peer().says("odd"), Peer(subject="T2").says("x")]
    with pytest.raises(StoreUnavailable):
        inbox.apply(records, AT)
    assert (positions(opened), lines(opened, "T1"), lines(opened, "T2")) == ({}, (), ("x",))
    inbox.apply(records, AT)
    assert (positions(opened), lines(opened, "T1")) == ({PLACE: 2}, ("odd",))
    assert Parking(opened).count() == 0


@pytest.mark.parametrize(
    "wrong", [{"ownerseq": 2**63}, {"source": "/desk/in\x00take", "type": "desk.in\x00take.said.v1"}]
)
def test_a_record_whose_envelope_no_row_can_hold_is_parked_by_its_bytes(
    opened: EventLog, wrong: dict[str, Any]
) -> None:
    bad, good = Peer(), Peer(subject="T2")
    records = [bad.lies("a", **wrong), good.says("x"), bad.says("b")]
    Inbox(opened).apply(records, AT)
    assert positions(opened) == {PLACE: 2}
    parked = Parking(opened).listed()
    assert [(row.record.value, row.owner, row.ownerseq) for row in parked] == [
        (records[0].value, "", 0),
        (records[2].value, "", 0),
    ]
    assert [row.cause for row in parked] == ["handler", "behind"]
    assert lines(opened, "T2") == ("x",)
    Parking(opened).retry("T1")
    assert Parking(opened).listed()[0].record.value == records[0].value


def test_rows_are_not_written_without_what_they_come_after(opened: EventLog) -> None:
    absent = Rows(POSITIONS, (("intake", "e", 1, 1),))
    late = Rows(POSITIONS, (("intake", "e", 0, 1),), after=(absent,))
    alone, together = (opened.writer.together(items).result(10) for items in ([late], [absent, late]))
    assert isinstance(alone[0].error, Conflict)
    assert [outcome.error for outcome in together] == [None, None]
    assert positions(opened) == {("intake", "e", 0): 1, ("intake", "e", 1): 1}
