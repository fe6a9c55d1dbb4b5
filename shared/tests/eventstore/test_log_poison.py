"""One poisoned item of a group fails alone, at whatever stage of the commit it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from random import Random
from typing import Any

import msgspec
import pytest

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import AppliedEvent, DbCursor, TableWriter
from desk.eventstore.unit_of_work.group_commit import Outcome
from desk.eventstore.unit_of_work.work_items import Command, Rows, WorkItem
from desk.inbox.inbox import Inbox
from desk.inbox.parked_admin import Parking
from desk.testing.notes import NOTES, TICKETS, NoPolicies, Said, Talk, context, say, text_of
from desk.testing.peers import Peer

pytestmark = pytest.mark.postgres
Open = Callable[..., EventLog]
NUL = TableWriter("nul", 60, lambda cursor, rows: cursor.executemany("SELECT %s::text", rows))
TOO_LONG_FOR_AN_INDEX = TableWriter(
    "long", 60, lambda cursor, rows: cursor.executemany("INSERT INTO things VALUES (%s)", rows)
)
GARBAGE = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state, event_id, owner, ownerseq, recorded,"
    " own) VALUES ('T-garbage', 1, 'desk.triage.said.v1', '\\x7b', gen_random_uuid(), 'triage', 1, now(), true)"
)


class Dated(msgspec.Struct, frozen=True):
    """A state that holds a time which msgpack cannot write, once somebody has said `poison`."""

    at: datetime | None = None
    lines: dict[str, tuple[str, ...]] = {}

    def evolve(self, event: Event) -> Dated:
        lines = {**self.lines, event.owner: (*self.lines.get(event.owner, ()), text_of(event))}
        poisoned = text_of(event) == "poison"
        return Dated(datetime.fromisoformat("0001-01-01T00:00:00+14:00") if poisoned else self.at, lines)


class Choking:
    """A view that fails for the text `poison`."""

    name, version = "choking", 1

    def apply(self, _cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        if any(text_of(change.event) == "poison" for change in changes):
            raise LookupError("not to be shown")

    def clear(self, _cursor: DbCursor) -> None:
        """Do nothing."""


class Broken:
    """An item whose fallback fails, too."""

    aggregates: Sequence[str] = ()
    recheck_if_unchanged = False

    def run(self, _work: Any, _engine: Any) -> Any:
        raise ValueError("poison")

    def on_failure(self, _error: Exception) -> WorkItem[Any] | None:
        raise LookupError("no way out")


@pytest.fixture
def open_log(database: str) -> Iterator[Open]:
    logs: list[EventLog] = []

    def make(tables: Tables | None = None, language: Any = NOTES, **settings: Any) -> EventLog:
        migrate(database, "triage")
        log = EventLog(database, "triage", language, tables or Tables(), NoPolicies(), **settings)
        log.store.execute(lambda cursor: cursor.execute("CREATE TABLE things (thing text PRIMARY KEY)"))
        log.start()
        logs.append(log)
        return log

    yield make
    for log in logs:
        log.stop()


def fails(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
    raise RuntimeError("poison")


def divides(cursor: DbCursor, rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        cursor.execute("SELECT 1 / %b::int", row, prepare=True)


def half_a_pair(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
    return [Draft(data=Said(text="half a pair \ud800"))]


POISON: dict[str, Callable[[], WorkItem[object]]] = {
    "an id that reads as another stream": lambda: Command(TICKETS, "people:x", say("a"), context()),
    "an id beside it that does": lambda: Command(
        TICKETS, "T1", say("a"), context(), other_aggregates=((TICKETS, "policies:x"),)
    ),
    "an id that the database cannot hold": lambda: Command(TICKETS, "a\0b", say("a"), context()),
    "an id that is no text": lambda: Command(TICKETS, "\ud800", say("a"), context()),
    "a decision that fails": lambda: Command(TICKETS, "T1", fails, context()),
    "a fact that cannot be encoded": lambda: Command(TICKETS, "T1", half_a_pair, context()),
    "a row that the database refuses": lambda: Rows(NUL, (("a\0b",),)),
    "a row beyond a limit of the database": lambda: Rows(TOO_LONG_FOR_AN_INDEX, ((_noise(20_000),),)),
    "a history that cannot be read": lambda: Command(TICKETS, "T-garbage", say("a"), context()),
    "an item whose way out fails": lambda: Broken(),
}


def _noise(length: int) -> str:
    """A text that does not become shorter by compression."""
    random = Random(7)
    return "".join(chr(random.randrange(33, 5000)) for _ in range(length))


def one_group(log: EventLog, units: list[list[WorkItem[object]]]) -> list[Future[list[Outcome[object]]]]:
    """Submit several Works while the writer is busy, so that they become one group."""
    busy, go = threading.Event(), threading.Event()

    def waits(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
        busy.set()
        assert go.wait(10)
        return []

    log.writer.together([Command(TICKETS, "T-busy", waits, context())])
    assert busy.wait(10)
    answers = [log.writer.together(items) for items in units]
    go.set()
    return answers


@pytest.mark.parametrize("poison", POISON)
def test_nine_commands_beside_a_poisoned_item_are_recorded(open_log: Open, poison: str) -> None:
    log = open_log()
    log.store.execute(lambda cursor: cursor.execute(GARBAGE))
    good: list[WorkItem[object]] = [Command(TICKETS, f"T{number}", say("a"), context()) for number in range(9)]
    units = [[item] for item in (*good[:5], POISON[poison](), *good[5:])]
    answers = one_group(log, units)
    (wrong,) = answers.pop(5).result(10)

    assert wrong.error is not None and not isinstance(wrong.error, StoreUnavailable)
    for number, answer in enumerate(answers):
        (outcome,) = answer.result(10)
        assert outcome.error is None, number
        assert log.replica(TICKETS, f"T{number}").state.said("triage") == ("a",)
    assert log.writer.groups <= 3


def test_rows_that_the_database_refuses_leave_no_trace_in_the_sessions_that_others_use(open_log: Open) -> None:
    log = open_log()
    picky = TableWriter("picky", 5, divides)
    for number in range(12):
        divisor = 0 if number % 2 else 1
        units: list[list[WorkItem[object]]] = [
            [Rows(picky, ((divisor,),))],
            [Command(TICKETS, f"T{number}", say("a"), context())],
        ]
        first, second = one_group(log, units)
        wrong = first.result(10)[0].error
        assert second.result(10)[0].error is None
        assert wrong is None if divisor else not isinstance(wrong, StoreUnavailable | type(None)), number


def test_a_view_that_chokes_fails_the_item_that_it_chokes_on(open_log: Open) -> None:
    log = open_log(Tables(views=(Choking(),)))
    texts = ["a", "b", "poison", "c"]
    answers = one_group(log, [[Command(TICKETS, f"T{text}", say(text), context())] for text in texts])
    errors = [type(answer.result(10)[0].error) for answer in answers]
    assert errors == [type(None), type(None), LookupError, type(None)]


def test_a_state_that_no_snapshot_can_hold_stops_neither_commits_nor_other_snapshots(open_log: Open) -> None:
    log = open_log(language=NOTES._replace(initial=lambda _stream: Dated()), snapshot_every=2)

    def speak(*texts: str) -> Any:
        return lambda _state, _deciding: [Draft(data=Said(text=text)) for text in texts]

    group: list[list[WorkItem[object]]] = [[Command(TICKETS, "T-poison", speak("poison", "x", "y"), context())]]
    group += [[Command(TICKETS, f"T{number}", speak("a", "b", "c"), context())] for number in range(5)]
    for _ in range(2):
        assert [answer.result(10)[0].error for answer in one_group(log, group)] == [None] * 6
        group = [[Command(TICKETS, item.subject, speak("d", "e"), context())] for (item,) in group]  # type: ignore[attr-defined]
    saved = log.store.read(lambda reads: reads.snapshots([f"T{n}" for n in range(5)] + ["T-poison"], NOTES.version))
    assert sorted(row.aggregate for row in saved) == [f"T{n}" for n in range(5)]


def test_a_snapshot_that_cannot_be_read_is_made_up_for_by_the_facts(open_log: Open, database: str) -> None:
    log = open_log(snapshot_every=2)
    log.writer.submit_wait(Command(TICKETS, "T1", say("a", "b", "c"), context()))
    log.store.execute(lambda cursor: cursor.execute("UPDATE snapshots SET state = '\\xc1'"))
    cold = EventLog(database, "triage", NOTES, Tables(), NoPolicies())
    assert cold.replica(TICKETS, "T1").state.said("triage") == ("a", "b", "c")
    cold.store.close()


def test_commands_of_others_are_answered_while_four_connections_send_poison(open_log: Open) -> None:
    log = open_log()
    ended, wrong = threading.Event(), list[Exception]()

    def poison() -> None:
        while not ended.is_set():
            try:
                log.writer.submit_wait(Command(TICKETS, "people:x", say("a"), context()), timeout=10)
            except ValueError as error:
                wrong.append(error)

    senders = [threading.Thread(target=poison) for _ in range(4)]
    for sender in senders:
        sender.start()
    for number in range(100):
        recorded = log.writer.submit_wait(Command(TICKETS, f"T{number}", say("a"), context()), timeout=10)
        assert len(recorded.events) == 1
    ended.set()
    for sender in senders:
        sender.join()
    assert len(wrong) > 20


def test_a_failed_group_is_taken_up_again_work_by_work(open_log: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    log = open_log()
    whole = log.committer.commit

    def commit(items: Any) -> list[Outcome[object]]:
        if any(isinstance(item, Broken) for item in items):
            raise LookupError("the group fails as a whole")
        return whole(items)

    monkeypatch.setattr(log.committer, "commit", commit)
    units: list[list[WorkItem[object]]] = [[Command(TICKETS, "T1", say("a"), context())], [Broken()]]
    units.append([Command(TICKETS, "T2", say("b"), context())])
    first, poisoned, last = one_group(log, units)
    assert first.result(10)[0].error is None and last.result(10)[0].error is None
    with pytest.raises(LookupError):
        poisoned.result(10)


@pytest.mark.parametrize("where", ["reaction", "history", "view"])
def test_facts_of_other_tickets_are_applied_beside_a_poisoned_one(open_log: Open, where: str) -> None:
    def answer(event: Event, _state: object, _deciding: DecisionContext) -> list[Draft]:
        if where == "reaction" and text_of(event) == "poison":
            raise RuntimeError("poison")
        return []

    views = (Choking(),) if where == "view" else ()
    log = open_log(Tables(reactions={"desk.intake.said.v1": answer}, views=views))
    log.store.execute(lambda cursor: cursor.execute(GARBAGE))
    subject = "T-garbage" if where == "history" else "T5"
    peers = [Peer(subject=subject if number == 5 else f"T{number}") for number in range(10)]
    tally = Inbox(log).apply([peer.says("poison" if peer.subject == subject else "a") for peer in peers])

    assert (tally.applied["intake"], tally.parked) == (9, 1)
    (parked,) = Parking(log).listed()
    assert (parked.aggregate, parked.cause) == (subject, "handler")
