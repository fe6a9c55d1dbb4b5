"""The database is killed and restarted while timers come due: each of them fires once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.planning import Arm, Due, TimerChange
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, context, say, text_of
from desk.timers.scheduler import Timers
from desk_deploy.postgres.instance import EmbeddedPostgres

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.alone]
COUNT, SPREAD, KILLS = 300, 6.0, 2
PATIENCE = 60.0


def plan(event: Event, _state: object) -> list[TimerChange]:
    """The text says in how many seconds."""
    return [Arm("reminder", text_of(event), datetime.now(UTC) + timedelta(seconds=float(text_of(event))))]


def remind(due: Due, _state: object, _deciding: DecisionContext) -> list[Draft]:
    """Says so each time it is asked: two firings would be two facts."""
    return [Draft(data=Answered(text=f"reminded of {due.key}"))]


TABLES = Tables(timers={"desk.sla.said.v1": plan}, due={"reminder": remind})


async def test_timers_that_come_due_around_two_restarts_fire_once_each(server: EmbeddedPostgres) -> None:
    migrate(server.url, "sla")
    log = EventLog(server.url, "sla", NOTES, TABLES, NoPolicies())
    log.start()
    commands = [Command(TICKETS, f"T{n}", say(f"{1 + n * SPREAD / COUNT:.3f}"), context()) for n in range(COUNT)]
    assert all(outcome.error is None for outcome in await asyncio.wrap_future(log.writer.together(commands)))
    schedulers = [Timers(log, every=0.05, lease=timedelta(seconds=2)) for _ in range(3)]
    for scheduler in schedulers:
        await scheduler.start()
    for _ in range(KILLS):
        await asyncio.sleep(1.5)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(0.7)
        await asyncio.to_thread(server.start)
    end = time.monotonic() + PATIENCE
    while await asyncio.to_thread(waiting, log):
        assert time.monotonic() < end
        await asyncio.sleep(0.2)
    for scheduler in schedulers:
        await scheduler.stop()
    said = Counter(text for n in range(COUNT) for text in log.replica(TICKETS, f"T{n}").state.said("sla"))
    log.stop()
    assert {text: count for text, count in said.items() if count != 1} == {}
    assert sum(text.startswith("reminded") for text in said) == COUNT


def waiting(log: EventLog) -> int:
    """How many timers have not fired."""
    return int(log.store.read(lambda reads: reads.cursor.execute("SELECT count(*) FROM timers").fetchall())[0][0])
