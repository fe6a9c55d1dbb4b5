"""Services on the local bus and real PostgreSQL: five replicas, late joiners, restarts, views, read-your-writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from desk.bus.local.bus import LocalBus
from desk.contract.event import OWNERS, Draft, Event
from desk.decision.context import DecisionContext
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.store import Store
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import Command
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Talk, context, say, text_of

pytestmark = pytest.mark.postgres


def answer(event: Event, _state: Talk, now: DecisionContext) -> list[Draft]:
    return [Draft(data=Answered(text=f"{now.actor.id} re {text_of(event)}"))]


class Lines:
    """A view of its own: how many facts of each owner a ticket has."""

    name = "lines"

    def __init__(self, version: int = 1) -> None:
        self.version = version

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        rows = [
            (change.aggregate, change.event.owner, f"{self.version}: {text_of(change.event)}") for change in changes
        ]
        cursor.executemany("INSERT INTO lines VALUES (%s, %s, %s)", rows)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("CREATE TABLE IF NOT EXISTS lines (ticket text, owner text, line text)")
        cursor.execute("DELETE FROM lines")

    def read(self, store: Store) -> list[str]:
        query = "SELECT line FROM lines ORDER BY line"
        return [row[0] for row in store.execute(lambda cursor: cursor.execute(query).fetchall())]


Build = Callable[..., Any]


@pytest.fixture
async def build(database: str) -> AsyncIterator[Build]:
    notifier, started = CommitNotifier(), list[Service]()

    async def make(owner: str, **tables: Any) -> Service:
        await asyncio.to_thread(migrate, database, owner)
        context = RuntimeContext(database, LocalBus(notifier), NOTES, notifier)
        service = Service(ServiceSpec(owner, Tables(**tables), NoPolicies()), context)
        await service.start()
        started.append(service)
        return service

    yield make
    for service in started:
        await service.stop()


async def drained(services: Sequence[Service], patience: float = 10) -> None:
    """Wait until the services are drained, twice in a row."""
    async with asyncio.timeout(patience):
        before: list[int] = []
        while True:
            found = [await service.status() for service in services]
            lasts = [status.last for status in found]
            if all(status.drained for status in found) and lasts == before:
                return
            before = lasts
            await asyncio.sleep(0.05)


def command(subject: str, *texts: str) -> Command:
    return Command(TICKETS, subject, say(*texts), context())


async def test_five_replicas_hold_the_same_facts_and_states(build: Build) -> None:
    reactions = {"desk.intake.said.v1": answer}
    services = [await build(owner, reactions=reactions if owner != "intake" else {}) for owner in OWNERS]
    for number in range(30):
        await services[0].command(command(f"T{number % 7}", f"text {number}"))
    await drained(services)

    for subject in {f"T{number % 7}" for number in range(30)}:
        replicas = [await service.replica(TICKETS, subject) for service in services]
        assert all(replica.state == replicas[0].state for replica in replicas)
        assert all(replica.heads == replicas[0].heads for replica in replicas)
    statuses = [await service.status() for service in services]
    assert [(status.own, status.own + status.replicated) for status in statuses] == [(30, 150)] * 5
    assert [status.parked for status in statuses] == [0] * 5


async def test_two_services_may_answer_one_cause_with_the_same_words(build: Build) -> None:
    def agree(_event: Event, _state: Talk, _now: DecisionContext) -> list[Draft]:
        return [Draft(data=Answered(text="agreed"))]

    intake = await build("intake")
    others = [await build(owner, reactions={"desk.intake.said.v1": agree}) for owner in ("triage", "docs")]
    await intake.command(command("T1", "a"))
    await drained([intake, *others])
    assert (await intake.replica(TICKETS, "T1")).vector() == {"intake": 1, "triage": 1, "docs": 1}
    assert [(await service.status()).parked for service in (intake, *others)] == [0, 0, 0]


async def test_a_service_that_joins_late_replicates_everything_from_the_start(build: Build) -> None:
    intake = await build("intake")
    for number in range(20):
        await intake.command(command("T1", f"text {number}"))
    docs = await build("docs", reactions={"desk.intake.said.v1": answer})
    await drained([intake, docs])
    assert (await docs.replica(TICKETS, "T1")).vector() == {"intake": 20, "docs": 20}
    assert (await intake.replica(TICKETS, "T1")).vector() == {"intake": 20, "docs": 20}


async def test_a_restarted_service_goes_on_where_it_was(build: Build) -> None:
    intake, docs = await build("intake"), await build("docs", reactions={"desk.intake.said.v1": answer})
    await intake.command(command("T1", "a"))
    await drained([intake, docs])
    await docs.stop()
    await intake.command(command("T1", "b"))
    docs = await build("docs", reactions={"desk.intake.said.v1": answer})
    await drained([intake, docs])

    state: Talk = (await docs.replica(TICKETS, "T1")).state
    assert state.said("docs") == ("docs re a", "docs re b")
    assert docs.metrics.facts_duplicate.labels("intake")._value.get() == 0


async def test_lost_positions_cost_time_and_double_nothing(build: Build) -> None:
    intake, docs = await build("intake"), await build("docs", reactions={"desk.intake.said.v1": answer})
    await intake.command(command("T1", "a", "b"))
    await drained([intake, docs])
    docs.log.store.execute(lambda cursor: cursor.execute("DELETE FROM positions"))
    await docs.stop()
    docs = await build("docs", reactions={"desk.intake.said.v1": answer})
    await drained([intake, docs])

    assert (await docs.replica(TICKETS, "T1")).vector() == {"intake": 2, "docs": 2}
    assert docs.metrics.facts_duplicate.labels("intake")._value.get() == 2


async def test_what_a_user_has_seen_elsewhere_is_waited_for(build: Build) -> None:
    intake, docs = await build("intake"), await build("docs")
    recorded = await intake.command(command("T1", "a"))
    assert await docs.wait_seen(TICKETS, "T1", recorded.heads)
    assert not await docs.wait_seen(TICKETS, "T1", {"intake": 9}, patience=0.1)


async def test_a_view_is_right_in_the_transaction_that_answers(build: Build) -> None:
    view = Lines()
    intake = await build("intake", views=(view,))
    await intake.command(command("T1", "a", "b"))
    assert view.read(intake.log.store) == ["1: a", "1: b"]


async def test_a_view_of_another_version_is_rebuilt_at_start_from_all_facts(build: Build) -> None:
    intake = await build("intake", views=(Lines(),))
    await intake.command(command("T1", "a"))
    await intake.command(command("T2", "b"))
    await intake.stop()

    view = Lines(version=2)
    again = await build("intake", views=(view,))
    assert view.read(again.log.store) == ["2: a", "2: b"]
    await again.command(command("T1", "c"))
    assert await again.rebuild("lines") == 3
    assert view.read(again.log.store) == ["2: a", "2: b", "2: c"]


async def test_what_cannot_be_applied_is_lag_from_the_first_moment(build: Build, database: str) -> None:
    def refuse(_records: Any, _positions: Any) -> Any:
        raise StoreUnavailable("away")

    intake = await build("intake")
    await intake.command(command("T1", "a", "b", "c"))
    await asyncio.to_thread(migrate, database, "docs")
    log, bus = EventLog(database, "docs", NOTES, Tables(), NoPolicies()), LocalBus(CommitNotifier())
    await bus.start(log, refuse)
    assert {peer: lag for peer, lag in (await bus.lag()).items() if lag} == {"intake": 3}
    await bus.stop()
    log.stop()
