"""The outcome of a call is recorded once, whatever part of its end a restored store has recovered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec
import pytest

from desk.bus.kafka.producer import Publisher
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.records import Message
from desk.contract.event import Draft, Event, Stream, type_of
from desk.contract.streams import Nothing
from desk.contract.streams.operations import FACTS
from desk.contract.streams.outbound_calls import EffectDone
from desk.decision.context import DecisionContext
from desk.decision.planning import Outcome
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.operations_events import record_operations_event
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.outbox.call_events import fact_id
from desk.testing.calls import Caller, Open, Vendor
from desk.testing.notes import NOTES, Answered, Talk

OPERATIONS = {type_of(payload, "triage"): payload for payload in FACTS if payload.spec.owner == "each"}
FIRE = ("fire: done",)


def decode(raw: bytes) -> Event:
    event = NOTES.decode(raw)
    payload = OPERATIONS.get(event.type)
    return msgspec.structs.replace(event, data=msgspec.convert(event.data, payload)) if payload else event


LANGUAGE = NOTES._replace(
    decode=decode,
    initial=lambda stream: Nothing() if stream is Stream.OPS else Talk(),
    stream_of=lambda name: Stream.OPS if name in OPERATIONS else NOTES.stream_of(name),
)


class Given(NamedTuple):
    """Work of a test inside one transaction."""

    work: Callable[[UnitOfWork, DecisionRunner], None]
    aggregates: Sequence[str] = ()
    recheck_if_unchanged: bool = False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> None:
        self.work(work, runner)

    def on_failure(self, _error: Exception) -> WorkItem[None] | None:
        return None


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def open_caller(database: str, vendor: Vendor) -> Iterator[Open]:
    callers: list[Caller] = []

    def make(**kind: object) -> Caller:
        callers.append(Caller(database, vendor, LANGUAGE, **kind))
        return callers[-1]

    yield make
    for caller in callers:
        caller.log.stop()


def topics(caller: Caller) -> list[str]:
    """The names of all facts, in the order in which they are published."""
    query = "SELECT split_part(topic, '.', 3) FROM stored_events ORDER BY notification_id"
    return [row[0] for row in caller.log.store.execute(lambda cursor: cursor.execute(query).fetchall())]


def outcomes(caller: Caller) -> tuple[str, ...]:
    state: Talk = caller.log.replica(Stream.TICKETS, "T1").state
    return tuple(text for text in state.said("triage") if ": " in text)


def make_uncertain(caller: Caller) -> None:
    """The row of the call as a restored store has it."""
    caller.sql("UPDATE effects SET state = 'unknown', tries = 0, ended = NULL, next = now(), leased = NULL")


def record(caller: Caller, work: Callable[[UnitOfWork, DecisionRunner], None]) -> None:
    caller.log.writer.submit_wait(Given(work), 10)


def give_back_done(caller: Caller, identity: UUID) -> None:
    """The operations event that the call is done."""
    fact = EffectDone(effect=str(identity))
    record(caller, lambda work, runner: record_operations_event(work, runner, fact, identity=fact_id(fact)))


@pytest.mark.postgres
async def test_what_came_of_a_call_is_published_before_the_fact_that_it_is_done(open_caller: Open) -> None:
    caller = open_caller()
    caller.inform_client("fire")
    await caller.turn()
    assert topics(caller) == ["said", "answered", "effect-planned", "effect-sent", "effect-done"]
    query = "SELECT convert_from(state, 'UTF8') FROM stored_events WHERE topic LIKE '%%effect-planned%%'"
    ((planned,),) = caller.log.store.execute(lambda cursor: cursor.execute(query).fetchall())
    assert {"kind": "page", "vendor": "pager"}.items() <= json.loads(planned)["data"].items()


@pytest.mark.postgres
async def test_an_outcome_that_was_lost_is_recorded_although_the_call_is_known_as_done(
    open_caller: Open, vendor: Vendor
) -> None:
    caller = open_caller()
    caller.inform_client("fire")
    vendor.done = ["fire"]
    give_back_done(caller, caller.call.planned.id)
    make_uncertain(caller)
    await caller.turn()
    assert (caller.state, vendor.done, outcomes(caller)) == ("done", ["fire"], FIRE)
    make_uncertain(caller)
    await caller.turn()
    assert (caller.state, outcomes(caller), topics(caller).count("effect-done")) == ("done", FIRE, 1)


@pytest.mark.postgres
@pytest.mark.parametrize("lost", ["nothing", "effect-done"])
async def test_an_outcome_that_was_given_back_is_not_recorded_again(
    open_caller: Open, vendor: Vendor, lost: str
) -> None:
    caller = open_caller()
    caller.inform_client("fire")
    vendor.answers = [Outcome("retry"), Outcome("retry")]
    for _ in range(3):
        await caller.turn()
    assert (caller.call.planned.tries, outcomes(caller)) == (3, FIRE)
    caller.sql("DELETE FROM stored_events WHERE topic LIKE '%%' || %s || '%%'", lost)
    make_uncertain(caller)
    again = open_caller()
    await again.turn()
    assert (again.state, vendor.done, outcomes(again)) == ("done", ["fire"], FIRE)
    assert topics(again).count("effect-done") == 1


@pytest.mark.postgres
async def test_an_outcome_that_an_earlier_release_recorded_is_not_recorded_again(
    open_caller: Open, vendor: Vendor
) -> None:
    caller = open_caller()
    caller.inform_client("fire")
    vendor.done = ["fire"]
    identity = caller.call.planned.id

    def as_then(work: UnitOfWork, runner: DecisionRunner) -> None:
        """An earlier release, whose ids counted the tries."""
        answer = runner.by_itself(uuid5(identity, "done|3"), "T1", work.replica("T1").state)
        runner.decided(work, "T1", [Draft(data=Answered(text=FIRE[0]))], answer, Causation(identity, stable=True))

    record(caller, as_then)
    give_back_done(caller, identity)
    make_uncertain(caller)
    await caller.turn()
    assert (caller.state, outcomes(caller)) == ("done", FIRE)


@pytest.mark.postgres
async def test_each_failure_of_a_call_that_goes_out_again_by_hand_has_its_own_facts(
    open_caller: Open, vendor: Vendor
) -> None:
    def told(planned: Any, outcome: Outcome, _state: Talk, _deciding: DecisionContext) -> list[Draft]:
        return [Draft(data=Answered(text=f"try {planned.tries}: {outcome.what}"))]

    caller = open_caller(facts=told, query=None)
    caller.inform_client("fire")
    vendor.answers = [Outcome("failed"), Outcome("failed")]
    await caller.turn()
    caller.hands.retry(caller.call.planned.id)
    caller.sql("UPDATE effects SET state = 'planned', next = now()")
    await caller.turn()
    assert outcomes(caller) == ("try 0: failed", "try 1: failed")


class Brokers:
    """A producer whose topics acknowledge when the test permits."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, asyncio.Future[None]]] = []

    async def send(self, topic: str, *_: object, **__: object) -> asyncio.Future[None]:
        self.sent.append((topic, asyncio.get_running_loop().create_future()))
        return self.sent[-1][1]


async def test_operations_events_are_published_when_the_facts_that_they_report_are_safe() -> None:
    publisher, brokers = Publisher(KafkaSettings("127.0.0.1:9", "p."), "triage"), Brokers()
    publisher._producer = brokers
    page = [Message("p." + stream.topic, b"T1", b"{}", ()) for stream in (Stream.OPS, Stream.TICKETS, Stream.SECURITY)]
    sending = asyncio.create_task(publisher.send(page))
    await asyncio.sleep(0.01)
    assert [topic for topic, _ in brokers.sent] == ["p." + Stream.TICKETS.topic, "p." + Stream.SECURITY.topic]
    for _, safe in brokers.sent:
        safe.set_result(None)
    await asyncio.sleep(0.01)
    assert [topic for topic, _ in brokers.sent[2:]] == ["p." + Stream.OPS.topic]
    assert not sending.done()
    brokers.sent[2][1].set_result(None)
    await sending
