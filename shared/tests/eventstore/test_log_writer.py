"""The writer on real PostgreSQL: commands, group commit, repeats, two processes of one service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from desk.contract.bounds import EARLIEST
from desk.contract.event import Draft, Event, Stream
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.eventstore.aggregate_replica import digest
from desk.eventstore.errors import Conflict, StoreUnavailable, WriterStopped, WrongOwner
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import TableWriter
from desk.eventstore.unit_of_work.work_items import Command, Rows, WorkItem
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Said, Talk, context, say, text_of

pytestmark = pytest.mark.postgres
Open = Callable[..., EventLog]
NONE = Tables()


@pytest.fixture
def open_log(database: str) -> Iterator[Open]:
    logs: list[EventLog] = []

    def make(tables: Tables = NONE, **settings: Any) -> EventLog:
        migrate(database, "triage")
        log = EventLog(database, "triage", NOTES, tables, NoPolicies(), **settings)
        log.start()
        logs.append(log)
        return log

    yield make
    for log in logs:
        log.stop()


def said(log: EventLog, subject: str = "T1") -> tuple[str, ...]:
    state: Talk = log.replica(TICKETS, subject).state
    return state.said("triage")


class Prepared:
    """Counts the aggregates for which keys were requested at once."""

    def __init__(self) -> None:
        self.groups: list[int] = []

    def __call__(self, aggregates: Iterable[tuple[Stream, str, Any]]) -> None:
        self.groups.append(len(list(aggregates)))


def refuse(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
    raise Refusal("unknown_ticket")


def test_facts_of_a_decision_are_numbered_chained_and_name_what_it_saw(open_log: Open) -> None:
    log = open_log()
    first = log.writer.submit_wait(Command(TICKETS, "T1", say("a", "b"), context()))
    second = log.writer.submit_wait(Command(TICKETS, "T1", say("c"), context()))

    events: tuple[Event, ...] = first.events + second.events
    assert [event.ownerseq for event in events] == [1, 2, 3]
    assert [event.prevhash for event in events] == ["", *(digest(NOTES.encode(event)) for event in events[:2])]
    assert [event.basis for event in events] == ["", "", "triage=2"]
    assert events[0].recordedtime < events[1].recordedtime < events[2].recordedtime
    assert second.heads == {"triage": 3}


def test_a_time_that_a_decision_derives_beyond_the_bounds_is_recorded_as_the_bound(open_log: Open) -> None:
    def early(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
        return [Draft(data=Said(text="a"), time=datetime.fromisoformat("0001-01-01T00:00:00+14:00"))]

    log = open_log()
    recorded = log.writer.submit_wait(Command(TICKETS, "T1", early, context()))
    assert [event.time for event in recorded.events] == [EARLIEST]
    assert NOTES.encode(recorded.events[0]).count(b"1970-01-01T00:00:00Z") == 1


def test_a_repeated_command_answers_its_earlier_facts_and_records_nothing(open_log: Open) -> None:
    log = open_log()
    command = Command(TICKETS, "T1", say("a"), context(), "body-1")
    first = log.writer.submit_wait(command)
    again = log.writer.submit_wait(command)

    assert (first.repeat, again.repeat) == (False, True)
    assert [e.id for e in again.events] == [e.id for e in first.events]
    assert said(log) == ("a",)


def test_the_same_command_id_with_another_body_is_refused(open_log: Open) -> None:
    log = open_log()
    identity = uuid4()
    log.writer.submit_wait(Command(TICKETS, "T1", say("a"), context(identity), "body-1"))
    with pytest.raises(Refusal) as refused:
        log.writer.submit_wait(Command(TICKETS, "T1", say("b"), context(identity), "body-2"))
    assert refused.value.code == "idempotency_key_reused"


def test_the_same_command_twice_in_one_group_is_recorded_once(open_log: Open) -> None:
    log = open_log()
    command = Command(TICKETS, "T1", say("a"), context())
    answers = [log.writer.together([command]) for _ in range(8)]
    results = [answer.result(10)[0].result for answer in answers]

    assert [result.repeat for result in results].count(False) == 1
    assert {result.events[0].id for result in results} == {results[0].events[0].id}


def test_a_decision_that_changes_nothing_is_remembered_too(open_log: Open) -> None:
    log = open_log()
    log.writer.submit_wait(Command(TICKETS, "T1", say("a"), context()))
    nothing = Command(TICKETS, "T1", say("a"), context())
    assert log.writer.submit_wait(nothing).events == ()
    assert log.writer.submit_wait(nothing).repeat


def test_a_refusal_undoes_its_own_item_and_no_other_of_the_group(open_log: Open) -> None:
    log = open_log()
    items = [Command(TICKETS, "T1", decide, context()) for decide in (say("a"), refuse, say("b"))]
    outcomes = log.writer.together(items).result(10)

    assert [type(outcome.error) for outcome in outcomes] == [type(None), Refusal, type(None)]
    assert said(log) == ("a", "b")


def test_each_item_is_decided_on_the_state_after_the_items_before_it(open_log: Open) -> None:
    log = open_log()
    outcomes = log.writer.together([Command(TICKETS, "T1", say("a"), context()) for _ in range(3)]).result(10)
    assert [len(outcome.result.events) for outcome in outcomes] == [1, 0, 0]


@pytest.mark.parametrize("where", ["for the group", "for an item"])
def test_a_key_ring_that_is_away_fails_the_whole_group_at_once(open_log: Open, where: str) -> None:
    asked: list[str] = []

    def away(aggregates: Iterable[tuple[Stream, str, Any]]) -> None:
        asked.extend(subject for _, subject, _ in aggregates)
        raise StoreUnavailable("no key ring")

    def needs_a_key(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
        raise StoreUnavailable("no key ring")

    log = open_log()
    if where == "for the group":
        log.runner.language = NOTES._replace(prepare=away)
    waiting = log.writer.together([Command(TICKETS, f"T{n}", needs_a_key, context()) for n in range(3)])
    with pytest.raises(StoreUnavailable):
        waiting.result(10)
    assert log.committer.conflicts == 0
    assert len(asked) == (3 if where == "for the group" else 0)


def test_a_row_that_the_database_refuses_fails_its_item_alone(open_log: Open) -> None:
    log = open_log()
    log.store.execute(lambda cursor: cursor.execute("CREATE TABLE unique_things (thing text PRIMARY KEY)"))
    things = TableWriter(
        "things", 60, lambda cursor, rows: cursor.executemany("INSERT INTO unique_things VALUES (%s)", rows)
    )
    log.writer.submit_wait(Rows(things, (("taken",),)))
    first = Command(TICKETS, "T1", say("a"), context())
    items: list[WorkItem[object]] = [first, Rows(things, (("taken",),)), Rows(things, (("free",),))]
    outcomes = log.writer.together(items).result(10)

    assert [type(outcome.error) for outcome in outcomes] == [type(None), Conflict, type(None)]
    assert said(log) == ("a",)
    rows = log.store.execute(lambda cursor: cursor.execute("SELECT thing FROM unique_things ORDER BY 1").fetchall())
    assert rows == [("free",), ("taken",)]


def test_two_processes_of_one_service_decide_on_what_the_other_recorded(open_log: Open) -> None:
    one, two = open_log(), open_log()
    one.writer.submit_wait(Command(TICKETS, "T1", say("a"), context()))
    two.writer.submit_wait(Command(TICKETS, "T1", say("b"), context()))
    changed = one.writer.submit_wait(Command(TICKETS, "T1", say("b", "c"), context()))

    assert [text_of(event) for event in changed.events] == ["c"]
    assert said(one) == said(two) == ("a", "b", "c")
    assert one.committer.conflicts == 1


def test_an_empty_answer_on_old_state_is_decided_again(open_log: Open) -> None:
    def take_turns(state: Talk, _deciding: DecisionContext) -> list[Draft]:
        return [] if len(state.said("triage")) < 2 else [Draft(data=Said(text="third"))]

    one, two = open_log(), open_log()
    one.writer.submit_wait(Command(TICKETS, "T1", say("a"), context()))
    two.writer.submit_wait(Command(TICKETS, "T1", say("b"), context()))
    assert len(one.writer.submit_wait(Command(TICKETS, "T1", take_turns, context())).events) == 1


def test_two_busy_writers_on_one_schema_lose_and_double_nothing(open_log: Open) -> None:
    logs = [open_log(), open_log()]

    def submit(number: int) -> int:
        command = Command(TICKETS, f"T{number % 3}", say(f"text {number}"), context())
        return len(logs[number % 2].writer.submit_wait(command).events)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(submit, range(200))) == 200
    for subject in ("T0", "T1", "T2"):
        texts = said(logs[0], subject)
        assert texts == said(logs[1], subject)
        assert len(texts) == len(set(texts))
    facts = [fact for page in logs[0].store.read(lambda reads: list(reads.pages())) for fact in page]
    assert len(facts) == 200
    for subject in ("T0", "T1", "T2"):
        seqs = [fact.ownerseq for fact in facts if fact.aggregate == subject]
        assert seqs == list(range(1, len(seqs) + 1))


def test_a_decision_over_several_tickets_is_one_transaction(open_log: Open) -> None:
    def merge(states: dict[str, Talk], _deciding: DecisionContext) -> list[Draft]:
        assert set(states) == {"T1", "T2"}
        return [Draft(data=Said(text="merged")), Draft(data=Said(text="absorbed"), subject="T2")]

    log = open_log()
    recorded = log.writer.submit_wait(Command(TICKETS, "T1", merge, context(), other_aggregates=((TICKETS, "T2"),)))
    assert [event.subject for event in recorded.events] == ["T1", "T2"]
    assert (said(log, "T1"), said(log, "T2")) == (("merged",), ("absorbed",))


def test_own_facts_are_answered_by_own_reactions_with_stable_ids(open_log: Open) -> None:
    def answer(event: Event, _state: object, _deciding: DecisionContext) -> list[Draft]:
        return [Draft(data=Answered(text=f"re {text_of(event)}"))]

    log = open_log(Tables(own_reactions={"desk.triage.said.v1": answer}))
    cause, effect = log.writer.submit_wait(Command(TICKETS, "T1", say("a"), context())).events
    assert (effect.causationid, effect.correlationid) == (cause.id, cause.correlationid)
    assert effect.time == cause.time
    assert effect.id.version == 5
    assert effect.actor == "service:triage"


def test_a_fact_of_another_owner_cannot_be_recorded(open_log: Open) -> None:
    class Closed(Said, frozen=True):
        spec = Said.spec._replace(owner="docs")

    log = open_log()
    with pytest.raises(WrongOwner):
        log.writer.submit_wait(
            Command(TICKETS, "T1", lambda _state, _deciding: [Draft(data=Closed(text="x"))], context())
        )
    assert log.replica(TICKETS, "T1").version == 0


def test_cold_state_is_the_snapshot_and_the_rest(open_log: Open) -> None:
    log = open_log(snapshot_every=5)
    for number in range(12):
        log.writer.submit_wait(Command(TICKETS, "T1", say(str(number)), context()))
    saved = log.store.read(lambda reads: reads.snapshots(["T1"], NOTES.version))
    assert [row.version for row in saved] == [10]

    cold = open_log(snapshot_every=5)
    assert cold.replica(TICKETS, "T1")._replace(saved=0) == log.replica(TICKETS, "T1")._replace(saved=0)
    assert cold.store.read(lambda reads: reads.snapshots(["T1"], "another release")) == []


def test_a_stopped_writer_finishes_what_waits_and_takes_no_more(open_log: Open) -> None:
    log = open_log()
    answers = [log.writer.together([Command(TICKETS, "T1", say(str(n)), context())]) for n in range(20)]
    log.writer.stop()
    assert all(answer.result(0)[0].error is None for answer in answers)
    with pytest.raises(WriterStopped):
        log.writer.together([])


async def test_a_command_is_awaited_from_an_event_loop(open_log: Open) -> None:
    log = open_log()
    recorded = await log.writer.submit(Command(TICKETS, "T1", say("a"), context()))
    assert len(recorded.events) == 1


def test_keys_for_a_group_of_commands_are_asked_for_at_once(database: str) -> None:
    migrate(database, "triage")
    prepared = Prepared()
    log = EventLog(database, "triage", NOTES._replace(prepare=prepared), NONE, NoPolicies())
    log.start()
    group: list[WorkItem[object]] = [Command(TICKETS, f"T{number}", say("a"), context()) for number in range(5)]
    log.writer.together([*group, Rows(TableWriter("positions", 1, lambda _cursor, _rows: None), ())]).result(10)
    log.stop()
    assert prepared.groups == [5]
