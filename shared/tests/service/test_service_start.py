"""A service that cannot start leaves nothing running; one that stops, stops everything."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import psycopg
import pytest

from desk.bus.port import Apply
from desk.eventstore.errors import WriterStopped
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import Command
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.testing.notes import NOTES, TICKETS, NoPolicies, context, say

pytestmark = pytest.mark.postgres
OWN = ("writer-", "timers-", "local-bus-")


class Refused(Exception):
    """An error of the bus."""


class RefusingBus:
    """A bus that does not start, or does not stop."""

    def __init__(self, *, at_start: bool) -> None:
        self._at_start, self.stopped = at_start, 0

    async def start(self, log: EventLog, apply: Apply) -> None:
        if self._at_start:
            raise Refused

    async def stop(self) -> None:
        self.stopped += 1
        if not self._at_start:
            raise Refused

    async def lag(self) -> dict[str, int]:
        return {}

    async def live(self) -> str | None:
        return None


@pytest.fixture
def made(database: str) -> Callable[[RefusingBus], Service]:
    migrate(database, "triage")

    def make(bus: RefusingBus) -> Service:
        context = RuntimeContext(database, bus, NOTES, CommitNotifier())
        return Service(ServiceSpec("triage", Tables(), NoPolicies()), context)

    return make


def sessions(database: str) -> int:
    """Connections that the service still holds."""
    with psycopg.connect(database) as look:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'desk-triage'"
        (count,) = look.execute(query).fetchone() or (0,)
    return int(count)


async def nothing_runs(service: Service, tasks: set[asyncio.Task[object]], database: str) -> None:
    """Assert that threads, tasks and connections are as before the service."""
    assert asyncio.all_tasks() == tasks
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(OWN)] == []
    with pytest.raises(WriterStopped):
        await service.command(Command(TICKETS, "T1", say("a"), context()))
    for _ in range(100):
        if not sessions(database):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a connection stays open")


async def test_a_bus_that_refuses_to_start_leaves_nothing_running(
    made: Callable[[RefusingBus], Service], database: str
) -> None:
    before, bus = asyncio.all_tasks(), RefusingBus(at_start=True)
    service = made(bus)
    with pytest.raises(Refused):
        await service.start()
    await nothing_runs(service, before, database)
    await service.stop()
    assert bus.stopped == 1


async def test_a_bus_that_fails_to_stop_does_not_keep_the_rest_running(
    made: Callable[[RefusingBus], Service], database: str
) -> None:
    before = asyncio.all_tasks()
    service = made(RefusingBus(at_start=False))
    await service.start()
    with pytest.raises(Refused):
        await service.stop()
    await nothing_runs(service, before, database)
