"""Timers on real PostgreSQL: armed with the fact, fired once by any number of schedulers, by the database's time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.planning import Arm, Cancel, Due, TimerChange
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.inbox.inbox import Inbox
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Talk, context, say, text_of
from desk.testing.peers import Peer
from desk.timers.scheduler import IN_HAND, Timers

pytestmark = pytest.mark.postgres
PAST, FUTURE = timedelta(seconds=-1), timedelta(hours=1)


def plan(event: Event, _state: object) -> list[TimerChange]:
    """`soon x` arms x for now, `later x` in an hour, `never x` cancels x, `never` everything."""
    what, _, key = text_of(event).partition(" ")
    if what == "never":
        return [Cancel("reminder", key or None)]
    return [Arm("reminder", key, datetime.now(UTC) + (PAST if what == "soon" else FUTURE), b"data")]


def remind(due: Due, state: object, _deciding: DecisionContext) -> list[Draft]:
    assert isinstance(state, Talk)
    if f"done {due.key}" in state.said("sla"):
        return []
    return [Draft(data=Answered(text=f"reminded of {due.key} with {due.data.decode()}"))]


TABLES = Tables(
    timers={"desk.sla.said.v1": plan, "desk.intake.said.v1": plan},
    due={"reminder": remind},
    imported=lambda state: state.imported,
)
Open = Callable[..., EventLog]


@pytest.fixture
def open_log(database: str) -> Iterator[Open]:
    logs: list[EventLog] = []

    def make(tables: Tables = TABLES) -> EventLog:
        migrate(database, "sla")
        logs.append(EventLog(database, "sla", NOTES, tables, NoPolicies()))
        logs[-1].start()
        return logs[-1]

    yield make
    for log in logs:
        log.stop()


def tell(log: EventLog, *texts: str, subject: str = "T1", **circumstances: Any) -> None:
    log.writer.submit_wait(Command(TICKETS, subject, say(*texts), context(**circumstances)))


def reminders(log: EventLog, subject: str = "T1") -> list[str]:
    return [text for text in log.replica(TICKETS, subject).state.said("sla") if text.startswith("reminded")]


def armed(log: EventLog) -> list[str]:
    query = "SELECT natural_key FROM timers ORDER BY 1"
    return [row[0] for row in log.store.execute(lambda cursor: cursor.execute(query).fetchall())]


def test_a_due_timer_records_its_facts_and_is_gone(open_log: Open) -> None:
    log = open_log()
    tell(log, "soon a", "later b")
    assert Timers(log).turn() == 1
    assert reminders(log) == ["reminded of a with data"]
    assert armed(log) == ["b"]
    assert Timers(log).turn() == 0


def test_arming_again_moves_and_a_cancel_forgets(open_log: Open) -> None:
    log = open_log()
    tell(log, "soon a", "soon b", "soon c")
    tell(log, "later a", "never b")
    assert Timers(log).turn() == 1
    assert reminders(log) == ["reminded of c with data"]
    assert armed(log) == ["a"]
    tell(log, "soon d", "never", "soon e")
    assert armed(log) == ["e"]


def test_replicated_facts_arm_timers_too(open_log: Open) -> None:
    log = open_log()
    Inbox(log).apply([Peer().says("soon a")])
    Timers(log).turn()
    assert reminders(log) == ["reminded of a with data"]


def test_a_moot_timer_is_dropped_without_a_fact(open_log: Open) -> None:
    log = open_log()
    tell(log, "soon a")
    moot = open_log(TABLES._replace(due={"reminder": lambda _due, _state, _deciding: []}))
    assert Timers(moot).turn() == 1
    assert (reminders(moot), armed(moot)) == ([], [])


def test_history_arms_nothing(open_log: Open) -> None:
    log = open_log()
    tell(log, "soon a", origin="import")
    tell(log, "soon b")
    Inbox(log).apply([Peer(subject="T2").says("soon c", origin="import")])
    assert armed(log) == []


def test_three_schedulers_at_once_miss_none_and_double_none(open_log: Open) -> None:
    logs = [open_log() for _ in range(3)]
    subjects = [f"T{number}" for number in range(60)]
    for subject in subjects:
        tell(logs[0], "soon a", "soon b", subject=subject)
    greedy = [Timers(log, lease=timedelta(0)) for log in logs]

    def run(timers: Timers) -> None:
        while timers.turn():
            pass

    threads = [threading.Thread(target=run, args=(timers,)) for timers in greedy]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    wanted = ["reminded of a with data", "reminded of b with data"]
    assert {subject: sorted(reminders(logs[0], subject)) for subject in subjects} == dict.fromkeys(subjects, wanted)
    assert armed(logs[0]) == []


def test_a_handler_that_fails_is_tried_later_and_others_fire(open_log: Open) -> None:
    def choke(due: Due, state: object, now: DecisionContext) -> list[Draft]:
        if due.key == "a":
            raise ValueError("private words")
        return remind(due, state, now)

    log = open_log(TABLES._replace(due={"reminder": choke}))
    tell(log, "soon a", "soon b")
    Timers(log).turn()
    assert reminders(log) == ["reminded of b with data"]
    query = "SELECT tries, leased > now(), last_error FROM timers"
    tries, waits, error = log.store.execute(lambda cursor: cursor.execute(query).fetchall())[0]
    assert (tries, waits) == (1, True)
    assert error.startswith("ValueError in choke")


async def test_the_scheduler_fires_by_itself(open_log: Open) -> None:
    log = open_log()
    timers, fired = Timers(log, every=0.02), threading.Event()
    log.listeners.append(lambda changes: fired.set() if "reminded" in text_of(changes[-1].event) else None)
    await timers.start()
    tell(log, "soon a")
    assert fired.wait(5)
    await timers.stop()


def test_what_was_taken_without_an_answer_is_given_back_by_its_taker_alone(open_log: Open) -> None:
    """Commit a claim but lose its answer: a lease of 30 s that no scheduler knows of."""
    log, other = open_log(), open_log()
    lost, busy = Timers(log), Timers(other)
    tell(log, "soon a")
    assert [due.key for due in log.store.execute(lost._take)] == ["a"]
    tell(log, "soon b", subject="T2")
    assert [due.key for due in other.store.execute(busy._take)] == ["b"]
    assert lost.turn() == 0
    lost._taker.lost()
    assert lost.turn() == 1
    assert (reminders(log), reminders(log, "T2")) == (["reminded of a with data"], [])
    busy._taker.lost()
    assert (busy.turn(), busy.turn()) == (1, 0)


def test_what_an_ended_process_had_in_hand_fires_within_seconds(
    open_log: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.eventstore.connections.presence.GRACE", 0.2)
    log, other = open_log(), open_log()
    ended, living = Timers(log), Timers(other)
    assert (ended.free(), living.free()) == (0, 0)
    tell(log, "soon a")
    assert [due.key for due in log.store.execute(ended._take)] == ["a"]
    for _ in range(3):
        time.sleep(0.15)
        assert (living.free(), living.turn()) == (0, 0)
    log.presence.release()  # the server does so when a process ends
    freed = 0
    for _ in range(50):  # the server takes a moment to end the session
        freed = living.free()
        if freed:
            break
        time.sleep(0.3)
    assert (freed, living.turn()) == (1, 1)
    assert (reminders(other), armed(other)) == (["reminded of a with data"], [])


def test_a_timer_that_waits_after_a_failure_is_in_nobodys_hands(
    open_log: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.eventstore.connections.presence.GRACE", 0.0)
    log = open_log(TABLES._replace(due={"reminder": lambda _due, _state, _deciding: [][0]}))
    tell(log, "soon a", "soon b")
    assert Timers(log).turn() == 2
    log.presence.release()
    other = Timers(open_log())
    assert log.store.execute(IN_HAND.holders) == set()
    assert (other.free(), other.free(), other.turn()) == (0, 0, 0)


async def test_the_scheduler_takes_over_by_itself(open_log: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.eventstore.connections.presence.GRACE", 0.2)
    log, other = open_log(), open_log()
    tell(log, "soon a")
    assert log.store.execute(Timers(log)._take)
    timers = Timers(other, every=0.02)
    await timers.start()
    for _ in range(500):
        if reminders(other):
            break
        await asyncio.sleep(0.02)
    assert reminders(other) == ["reminded of a with data"]
    await timers.stop()
    assert other.loops.heartbeats() == [other.writer._loop.heartbeat]
