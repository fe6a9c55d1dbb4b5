"""The inbox on real PostgreSQL: every fact once, in its owner's order, whatever the bus delivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.eventstore.errors import ParkingError
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.reads import Reads
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.eventstore.unit_of_work.work_items import Command
from desk.inbox.gap_filler import GapFiller
from desk.inbox.inbox import Inbox
from desk.inbox.inbox_result import BlockedAggregate
from desk.inbox.parked_admin import Parking
from desk.inbox.ports import RawRecord
from desk.inbox.positions import read_positions
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Talk, context, say, text_of
from desk.testing.peers import Peer

pytestmark = pytest.mark.postgres


def answer(event: Event, state: Talk, _deciding: DecisionContext) -> list[Draft]:
    """React to every fact with the number applied by then; fail on poison."""
    if text_of(event).startswith("poison"):
        raise ValueError(text_of(event))
    return [Draft(data=Answered(text=f"re {text_of(event)} after {len(state.said('intake'))}"))]


class Desk:
    """One service, docs, with its inbox; records its alerts."""

    def __init__(self, log: EventLog) -> None:
        self.log, self.alarms = log, list[BlockedAggregate]()
        self.inbox = Inbox(log, self.alarms.append)
        self.parking = Parking(log)
        log.start()

    def lines(self, owner: str, subject: str = "T1") -> tuple[str, ...]:
        state: Talk = self.log.replica(TICKETS, subject).state
        return state.said(owner)

    def causes(self) -> list[str]:
        return [row.cause for row in self.parking.listed()]


Open = Callable[..., Desk]


@pytest.fixture
def open_desk(database: str) -> Iterator[Open]:
    desks: list[Desk] = []

    def make(reaction: Any = answer, views: tuple[Any, ...] = ()) -> Desk:
        migrate(database, "docs")
        tables = Tables(reactions={"desk.intake.said.v1": reaction}, views=views)
        desks.append(Desk(EventLog(database, "docs", NOTES, tables, NoPolicies())))
        return desks[-1]

    yield make
    for desk in desks:
        desk.log.stop()


def facts(log: EventLog) -> list[tuple[str, int]]:
    pages = log.store.read(lambda reads: list(reads.pages()))
    return [(fact.topic.split(".")[1], fact.ownerseq) for page in pages for fact in page]


def test_facts_are_applied_and_answered_on_the_state_as_of_each_fact(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    tally = desk.inbox.apply([intake.says("a"), intake.says("b")])

    assert tally.applied["intake"] == 2
    assert desk.lines("intake") == ("a", "b")
    assert desk.lines("docs") == ("re a after 1", "re b after 2")
    assert facts(desk.log) == [("intake", 1), ("docs", 1), ("intake", 2), ("docs", 2)]


def test_the_bytes_of_a_peer_are_kept_as_they_came(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    record = intake.says("a")
    desk.inbox.apply([record])
    assert desk.log.store.read(lambda reads: reads.events_after({"T1": 0}))[0].raw == record.value


def test_what_was_had_is_ignored_also_by_another_process(open_desk: Open) -> None:
    one, two, intake = open_desk(), open_desk(), Peer()
    batch = [intake.says("a"), intake.says("b")]
    assert sum(one.inbox.apply(batch).applied.values()) == 2
    for desk in (one, two):
        tally = desk.inbox.apply([*batch, *batch])
        assert (tally.applied.total(), tally.duplicates["intake"]) == (0, 4)
    assert facts(one.log) == [("intake", 1), ("docs", 1), ("intake", 2), ("docs", 2)]


def test_what_was_had_is_looked_up_once_for_the_whole_batch(open_desk: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, asked, places = open_desk(), list[int](), Reads.places

    def counted(reads: Reads, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, int]]:
        asked.append(len(event_ids))
        return places(reads, event_ids)

    batch = [peer.says(str(n)) for peer in (Peer(), Peer(subject="T2")) for n in range(30)]
    desk.inbox.apply(batch)
    monkeypatch.setattr(Reads, "places", counted)
    assert desk.inbox.apply(batch).duplicates["intake"] == 60
    assert asked == [60]


def test_two_processes_that_apply_the_same_at_once_record_it_once(open_desk: Open) -> None:
    one, two, intake = open_desk(), open_desk(), Peer()
    batch = [intake.says(str(number)) for number in range(20)]
    for at in range(0, 20, 4):
        runs = [desk.log.writer.together(desk.inbox.items(batch[: at + 4])) for desk in (one, two)]
        assert all(outcome.error is None for work in runs for outcome in work.result(10))
    assert facts(one.log) == [(owner, seq) for seq in range(1, 21) for owner in ("intake", "docs")]


def test_a_gap_parks_the_ticket_in_order_and_the_owner_fills_it(open_desk: Open) -> None:
    desk, intake, other = open_desk(), Peer(), Peer(subject="T2")
    records = [intake.says(text) for text in "abcd"]
    desk.inbox.apply([records[0], records[2], records[3], other.says("x")])

    assert desk.causes() == ["gap", "behind"]
    assert desk.alarms[0][:4] == ("T1", "intake", 3, "gap")
    assert (desk.lines("intake"), desk.lines("intake", "T2")) == (("a",), ("x",))

    GapFiller(desk.log, intake).sweep()
    assert desk.lines("intake") == ("a", "b", "c", "d")
    assert desk.lines("docs") == tuple(f"re {text} after {n}" for n, text in enumerate("abcd", 1))
    assert desk.causes() == []


def test_a_gap_is_filled_by_a_fact_that_comes_late(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    records = [intake.says(text) for text in "abc"]
    desk.inbox.apply([records[0], records[2]])
    desk.inbox.apply([records[1]])
    assert desk.causes() == ["gap", "behind"]
    GapFiller(desk.log, None).sweep()
    assert desk.lines("intake") == ("a", "b", "c")


def test_no_gap_is_seen_where_only_this_process_is_behind(open_desk: Open) -> None:
    one, two, intake = open_desk(), open_desk(), Peer()
    records = [intake.says(text) for text in "abc"]
    one.inbox.apply(records[:1])
    two.inbox.apply(records[1:2])
    assert one.inbox.apply(records[2:]).applied["intake"] == 1
    assert one.causes() == []


def test_another_fact_under_a_known_number_stops_the_ticket_and_alarms(open_desk: Open) -> None:
    desk, intake, other = open_desk(), Peer(), Peer(subject="T2")
    records = [intake.says(text) for text in "ab"]
    twin = Peer().says("other a")
    desk.inbox.apply(records)
    desk.inbox.apply([twin, intake.says("c"), other.says("x")])

    assert desk.causes() == ["divergence", "behind"]
    assert [alarm.cause for alarm in desk.alarms] == ["divergence"]
    assert (desk.lines("intake"), desk.lines("intake", "T2")) == (("a", "b"), ("x",))


def test_a_fact_that_does_not_follow_the_held_chain_stops_the_ticket(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    desk.inbox.apply([intake.says("a"), intake.lies("forged", prevhash="0" * 64)])
    assert desk.causes() == ["chain"]
    assert desk.lines("intake") == ("a",)


def test_an_own_fact_that_is_not_in_the_store_alarms(open_desk: Open) -> None:
    desk = open_desk()
    desk.inbox.apply([Peer("docs").says("I never said that")])
    assert [alarm.cause for alarm in desk.alarms] == ["divergence"]


def test_own_facts_that_come_back_are_ignored(open_desk: Open) -> None:
    desk = open_desk()
    recorded = desk.log.writer.submit_wait(Command(TICKETS, "T1", say("mine"), context()))
    tally = desk.inbox.apply([RawRecord(TICKETS.topic, b"T1", NOTES.encode(recorded.events[0]))])
    assert (tally.duplicates["docs"], tally.parked) == (1, 0)


def test_poison_is_parked_with_its_tickets_later_facts_and_others_go_on(open_desk: Open) -> None:
    desk, intake, other = open_desk(), Peer(), Peer(subject="T2")
    desk.inbox.apply([intake.says("a"), intake.says("poison"), intake.says("b"), other.says("x")])
    desk.inbox.apply([intake.says("c"), other.says("y")])

    assert desk.causes() == ["handler", "behind", "behind"]
    assert "ValueError in answer" in desk.parking.listed()[0].detail
    assert desk.lines("intake") == ("a",)
    assert desk.lines("intake", "T2") == ("x", "y")


def test_a_retry_takes_up_everything_in_order_once_the_cause_is_gone(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    desk.inbox.apply([intake.says("a"), intake.says("poison"), intake.says("b")])
    desk.parking.retry("T1")
    assert [(row.cause, row.tries) for row in desk.parking.listed()] == [("handler", 1), ("behind", 0)]

    healed = open_desk(reaction=lambda _event, _state, _deciding: [])
    assert healed.parking.retry("T1").applied["intake"] == 2
    assert healed.lines("intake") == ("a", "poison", "b")
    assert healed.causes() == []


def test_a_skip_leaves_a_tombstone_and_decisions_wait_for_the_repair(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    desk.inbox.apply([intake.says("a"), intake.says("poison"), intake.says("b")])
    first, second = desk.parking.listed()
    with pytest.raises(ParkingError, match="order would break"):
        desk.parking.skip(second.id, "impatient")
    with pytest.raises(ParkingError, match="reason"):
        desk.parking.skip(first.id, " ")

    assert desk.parking.skip(first.id, "known defect 17")
    assert desk.lines("intake") == ("a", "b")
    assert [(row.state, row.reason) for row in desk.parking.listed(state="skipped")] == [("skipped", "known defect 17")]
    command = Command(TICKETS, "T1", say("mine"), context())
    for process in (desk, open_desk()):
        with pytest.raises(Refusal) as refused:
            process.log.writer.submit_wait(command)
        assert refused.value.code == "replica_incomplete"

    assert desk.parking.repair("T1") == 1
    assert desk.lines("intake") == ("a", "poison", "b")
    assert desk.log.writer.submit_wait(command).events


@pytest.mark.parametrize(
    ("cause", "record"),
    [
        ("undecodable", RawRecord(TICKETS.topic, "T1", None)),
        ("undecodable", RawRecord(TICKETS.topic, "T1", b"\xff not JSON", (("h", b"\xff"),))),
        ("undecodable", RawRecord(TICKETS.topic, "T1", b"[" * 10_000)),
        ("undecodable", RawRecord(TICKETS.topic, "T1", b"x" * 5_000_000)),
        ("wrong-source", Peer().says("a", source="/desk/triage")),
        ("wrong-key", Peer(subject="T2").says("a")._replace(key="T1")),
        ("wrong-topic", Peer().says("a")._replace(topic="desk.people.v1")),
        ("wrong-topic", Peer().says("a")._replace(topic="another")),
        ("drift", Peer().says("a", recordedtime=datetime.now(UTC) + timedelta(days=3))),
    ],
)  # fmt: skip
def test_what_is_no_fact_of_its_ticket_is_parked_with_the_cause(open_desk: Open, cause: str, record: RawRecord) -> None:
    desk, other = open_desk(), Peer(subject="T9")
    desk.inbox.apply([record, other.says("x")])
    assert desk.causes() == [cause]
    assert desk.lines("intake", "T9") == ("x",)
    parked = desk.parking.listed()[0]
    assert (parked.record.value, parked.record.headers) == (record.value, record.headers)


def test_what_is_no_fact_can_be_skipped_without_a_tombstone(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    desk.inbox.apply([RawRecord(TICKETS.topic, "T1", b"garbage"), intake.says("a")])
    assert not desk.parking.skip(desk.parking.listed()[0].id, "a test message")
    assert desk.lines("intake") == ("a",)
    assert desk.log.writer.submit_wait(Command(TICKETS, "T1", say("mine"), context())).events


def test_the_same_garbage_again_is_parked_once(open_desk: Open) -> None:
    desk = open_desk()
    for _ in range(3):
        desk.inbox.apply([RawRecord(TICKETS.topic, "T1", b"garbage")])
    assert desk.causes() == ["undecodable"]


def test_an_unknown_type_is_kept_and_counted_and_changes_no_slice(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    tally = desk.inbox.apply([intake.says("a"), intake.says("b", type="desk.intake.sung.v1"), intake.says("c")])
    assert (tally.unknown["intake"], tally.parked) == (1, 0)
    assert desk.log.replica(TICKETS, "T1").vector() == {"intake": 3, "docs": 2}


def test_positions_are_saved_with_the_facts_and_never_go_back(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    desk.inbox.apply([intake.says("a")], [("intake", "e", 0, 17)])
    desk.inbox.apply([], [("intake", "e", 0, 12), ("intake", "e", 1, 3)])
    assert desk.log.store.execute(read_positions) == {("intake", "e", 0): 17, ("intake", "e", 1): 3}


class Picky:
    """A view whose statement fails on one text."""

    name, version = "picky", 1

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            cursor.execute("SELECT 1 / %s", (0 if text_of(change.event) == "odd" else 1,))

    def clear(self, cursor: DbCursor) -> None:
        return None


def test_a_view_that_chokes_on_one_ticket_parks_that_ticket_only(open_desk: Open) -> None:
    desk, bad, good = open_desk(views=(Picky(),)), Peer(subject="T1"), Peer(subject="T2")
    desk.inbox.apply([bad.says("a"), good.says("x"), bad.says("odd"), bad.says("b")], [("intake", "e", 0, 3)])
    assert desk.causes() == ["handler", "behind", "behind"]
    assert desk.lines("intake", "T2") == ("x",)
    assert desk.log.store.execute(read_positions) == {("intake", "e", 0): 3}

    assert desk.parking.retry("T1").taken == 1
    assert desk.lines("intake") == ("a",)
    assert desk.causes() == ["handler", "behind"]


def test_nothing_is_decided_where_histories_diverge_until_an_operator_says_so(open_desk: Open) -> None:
    desk, intake = open_desk(), Peer()
    desk.inbox.apply([intake.says("a"), Peer().says("other a")])
    command = Command(TICKETS, "T1", say("mine"), context())
    for process in (desk, open_desk()):
        with pytest.raises(Refusal) as refused:
            process.log.writer.submit_wait(command)
        assert refused.value.code == "replica_incomplete"

    assert not desk.parking.skip(desk.parking.listed()[0].id, "a forgery")
    assert desk.log.writer.submit_wait(command).events
