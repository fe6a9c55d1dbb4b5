"""Schedules: all timers of an aggregate, armed anew once per transaction on the state after its last fact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.planning import Arm, Cancel, TimerChange
from desk.decision.refusal import Refusal
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.testing.events import AnyEvent
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Talk, context, say

pytestmark = pytest.mark.postgres
SAID, ANSWERED = "desk.sla.said.v1", "desk.sla.answered.v1"


class Schedule:
    """Arms a timer for each text that was said; fails on a `broken` one."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, ...]] = []

    def __call__(self, event: Event, state: object) -> list[TimerChange]:
        assert isinstance(state, Talk)
        self.seen.append(state.said("sla"))
        if "broken" in state.said("sla"):
            raise RuntimeError("no timer for this")
        due = datetime.now(UTC) + timedelta(hours=1)
        return [Cancel("reminder"), *(Arm("reminder", text, due) for text in state.said("sla"))]


def echo(event: AnyEvent, state: object, deciding: DecisionContext) -> list[Draft]:
    if event.data.text == "fail":
        raise ValueError("no answer to this")
    return [Draft(data=Answered(text=f"echo of {event.data.text}"))] if event.data.text.startswith("ask") else []


@pytest.fixture
def schedule() -> Schedule:
    return Schedule()


@pytest.fixture
def log(database: str, schedule: Schedule) -> Iterator[EventLog]:
    migrate(database, "sla")
    tables = Tables(own_reactions={SAID: echo}, schedules={SAID: schedule, ANSWERED: schedule})
    found = EventLog(database, "sla", NOTES, tables, NoPolicies())
    found.start()
    yield found
    found.stop()


def command(*texts: str, subject: str = "T1") -> Command:
    return Command(TICKETS, subject, say(*texts), context())


def armed(log: EventLog) -> list[str]:
    query = "SELECT aggregate || ' ' || natural_key FROM timers ORDER BY 1"
    return [row[0] for row in log.store.execute(lambda cursor: cursor.execute(query).fetchall())]


def test_one_call_sees_the_facts_of_a_decision_and_of_the_reactions_to_it(log: EventLog, schedule: Schedule) -> None:
    log.writer.submit_wait(command("a", "ask", "b"))
    assert schedule.seen == [("a", "ask", "b", "echo of ask")]
    assert armed(log) == ["T1 a", "T1 ask", "T1 b", "T1 echo of ask"]


def test_a_transaction_of_several_decisions_arms_each_aggregate_once(log: EventLog, schedule: Schedule) -> None:
    outcomes = log.writer.together([command("a"), command("x", subject="T2"), command("b")]).result()
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert schedule.seen == [("a", "b"), ("x",)]
    assert armed(log) == ["T1 a", "T1 b", "T2 x"]


def test_a_decision_that_is_refused_leaves_the_schedule_of_the_one_before(log: EventLog, schedule: Schedule) -> None:
    def refuse(_state: Talk, _deciding: DecisionContext) -> list[Draft]:
        raise Refusal("unknown_ticket")

    refused = Command(TICKETS, "T1", refuse, context())
    outcomes = log.writer.together([command("a"), refused]).result()
    assert [type(outcome.error) for outcome in outcomes] == [type(None), Refusal]
    assert (schedule.seen, armed(log)) == ([("a",)], ["T1 a"])


def test_facts_that_are_rolled_back_are_not_scheduled(log: EventLog, schedule: Schedule) -> None:
    outcomes = log.writer.together([command("a"), command("b", "fail")]).result()
    assert [type(outcome.error) for outcome in outcomes] == [type(None), ValueError]
    assert (schedule.seen, armed(log)) == ([("a",)], ["T1 a"])


def test_a_schedule_that_fails_fails_its_own_decision_alone(log: EventLog, schedule: Schedule) -> None:
    items = [command("a"), command("broken", subject="T2"), command("b", subject="T3")]
    outcomes = log.writer.together(items).result()
    assert [type(outcome.error) for outcome in outcomes] == [type(None), RuntimeError, type(None)]
    assert armed(log) == ["T1 a", "T3 b"]
    assert log.replica(TICKETS, "T2").state.said("sla") == ()


def test_history_is_not_scheduled(log: EventLog, schedule: Schedule) -> None:
    log.writer.submit_wait(Command(TICKETS, "T1", say("a"), context(origin="import")))
    assert (len(schedule.seen), armed(log)) == (1, [])
