"""The mark of an aggregate: the basis of own decisions on it, from the vectors of own facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from desk.bus.own_event_recovery import readopt
from desk.contract.event import Draft, Event, format_vector, parse_vector
from desk.decision.context import DecisionContext
from desk.eventstore.aggregate_replica import UNDECIDED, Decided
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.inbox.inbox import Inbox
from desk.inbox.ports import RawRecord
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Said, Talk, context, say, text_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
Open = Callable[..., EventLog]


def fact(owner: str, ownerseq: int, basis: str = "", recorded: datetime = NOW) -> Event:
    """A fact with the attributes that a mark depends on."""
    return Event(
        specversion="1.0",
        id=uuid4(),
        type=f"desk.{owner}.said.v1",
        source=f"/desk/{owner}",
        subject="T1",
        time=recorded,
        datacontenttype="application/json",
        recordedtime=recorded,
        ownerseq=ownerseq,
        actor="service:docs",
        mode="process",
        origin="live",
        correlationid=uuid4(),
        naturalkey="",
        basis=basis,
        prevhash="",
        data=Said(text="x"),
    )


def test_a_vector_reads_back_and_what_is_none_is_left_out() -> None:
    vector = {"triage": 4, "intake": 2}
    assert parse_vector(format_vector(vector)) == vector
    assert parse_vector("") == parse_vector("nonsense,=,docs=-1,sla=x") == {}


def test_the_mark_is_the_highest_that_any_own_basis_names() -> None:
    first = UNDECIDED.after(fact("docs", 1, "intake=2,triage=7"))
    assert first == Decided({"intake": 2, "triage": 7}, NOW)
    later = NOW + timedelta(seconds=1)
    again = first.after(fact("docs", 2, "docs=1,intake=5", later))
    assert again == Decided({"docs": 1, "intake": 5, "triage": 7}, later)


def test_the_vector_of_another_aggregate_is_no_mark() -> None:
    mark = UNDECIDED.after(fact("docs", 1, "intake=2"))
    assert mark.after(fact("docs", 2, "docs=9,intake=20")) == mark
    assert mark.after(fact("docs", 2, "intake=20")) == mark


@pytest.fixture
def open_log(database: str) -> Iterator[Open]:
    logs: list[EventLog] = []

    def make(owner: str, tables: Tables | None = None, **settings: Any) -> EventLog:
        migrate(database, owner)
        log = EventLog(database, owner, NOTES, tables or Tables(), NoPolicies(), **settings)
        log.start()
        logs.append(log)
        return log

    yield make
    for log in logs:
        log.stop()


def record(event: Event) -> RawRecord:
    return RawRecord(TICKETS.topic, event.subject, NOTES.encode(event))


def counting(event: Event, state: object, _deciding: DecisionContext) -> list[Draft]:
    assert isinstance(state, Talk)
    """A reaction whose result depends on when it runs."""
    return [Draft(data=Answered(text=f"{text_of(event)} of {sum(map(len, state.lines.values()))}"))]


def moving(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
    """A decision on one subject that is recorded on two."""
    return [Draft(data=Said(text="out")), Draft(data=Said(text="back"), subject="T2")]


@pytest.mark.postgres
def test_a_fact_on_another_subject_names_what_was_held_of_that_subject(open_log: Open) -> None:
    log = open_log("triage")
    log.writer.submit_wait(Command(TICKETS, "T1", say("a", "b"), context()))
    log.writer.submit_wait(Command(TICKETS, "T2", say("c"), context()))
    moved = log.writer.submit_wait(Command(TICKETS, "T1", moving, context()))
    assert [(event.subject, event.basis) for event in moved.events] == [("T1", "triage=2"), ("T2", "triage=1")]


@pytest.mark.postgres
def test_facts_up_to_the_mark_are_folded_and_the_first_beyond_it_is_answered(open_log: Open, database: str) -> None:
    tables = Tables(reactions={"desk.intake.said.v1": counting})
    intake, docs = open_log("intake"), open_log("docs", tables)
    said = intake.writer.submit_wait(Command(TICKETS, "T1", say("a", "b", "c"), context())).events
    Inbox(docs).apply([record(event) for event in said[:2]])
    answers = [NOTES.decode(raw) for raw in docs.store.read(lambda reads: reads.own_of("T1", 0))]
    docs.store.execute(lambda cursor: cursor.execute("TRUNCATE stored_events, snapshots"))
    docs.cache.clear()

    readopt(docs, [record(event) for event in answers])
    assert docs.replica(TICKETS, "T1").behind() == {"intake": 2}
    for event in said:
        Inbox(docs).apply([record(event)])
    state: Talk = docs.replica(TICKETS, "T1").state
    assert state.said("docs") == ("a of 1", "b of 3", "c of 5")
    assert docs.replica(TICKETS, "T1").behind() == {}


@pytest.mark.postgres
def test_a_snapshot_keeps_the_mark(open_log: Open) -> None:
    tables = Tables(reactions={"desk.intake.said.v1": counting})
    intake, docs = open_log("intake"), open_log("docs", tables, snapshot_every=2)
    said = intake.writer.submit_wait(Command(TICKETS, "T1", say("a", "b"), context())).events
    Inbox(docs).apply([record(event) for event in said])
    warm = docs.replica(TICKETS, "T1")
    docs.cache.clear()
    assert docs.replica(TICKETS, "T1").decided == warm.decided != UNDECIDED
