"""Recovery of other state than facts: commands, answered causes, fired timers, calls in doubt."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.contracts.bus_world import PATIENCE, World, answering, heard, hears, say, texts

from desk.contract.event import Draft, Event
from desk.contract.streams.operations import ViewRebuilt
from desk.decision.context import DecisionContext
from desk.decision.planning import Arm, Due, Intent, OutboundCall, Outcome, TimerChange
from desk.decision.refusal import Refusal
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.handler_registry import Tables
from desk.eventstore.relay_rows import declare_restored
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.work_items import Command, Conditions
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.testing.notes import TICKETS, Answered, NoPolicies, Talk, context, text_of

from .dumps import drop, dumped, restore

pytestmark = pytest.mark.postgres


def calling(event: Event, _state: object) -> list[Intent]:
    """One call for each fact."""
    return [Intent("page", client="acme", data=text_of(event).encode())]


def counting(event: Event, state: object, _deciding: DecisionContext) -> list[Draft]:
    assert isinstance(state, Talk)
    """An answer on another subject that depends on all that is known: decided later, it is another fact."""
    number = sum(map(len, state.lines.values()))
    return [Draft(data=Answered(text=f"{text_of(event)} is number {number}"), subject=f"{event.subject}-answers")]


def own(world: World, owner: str) -> list[tuple[object, ...]]:
    """An owner's facts."""
    return world.sql(owner, "SELECT originator_id, ownerseq, event_id FROM stored_events WHERE own ORDER BY 1, 2")


def calls(world: World, owner: str) -> dict[str, str]:
    """The state of each call by its text."""
    return {bytes(data).decode(): state for data, state in world.sql(owner, "SELECT data, state FROM effects")}


async def again(world: World, service: Service, tables: Tables | None = None, dump: bytes | None = None) -> Service:
    """The service on a store that is as it was dumped, or empty."""
    await world.stop(service)
    owner = service.owner
    await asyncio.to_thread(*((restore, world.url, owner, dump) if dump is not None else (drop, world.url, owner)))
    started = await world.start(owner, tables)
    await world.settled()
    return started


async def test_a_command_of_the_lost_stretch_is_answered_with_its_facts(world: World) -> None:
    await world.start("docs")
    triage = await world.start("triage")
    await say(triage, "T1", "before")
    command = Command(TICKETS, "T1", texts("one", "two"), context(uuid4()), "what was asked")
    first = await triage.command(command)
    await world.settled()
    triage = await again(world, triage)
    before = own(world, "triage")
    repeated = await triage.command(command)
    assert repeated.repeat
    assert [event.id for event in repeated.events] == [event.id for event in first.events]
    assert own(world, "triage") == before


async def test_a_command_of_a_run_is_answered_with_its_facts_and_those_of_own_reactions(world: World) -> None:
    await world.start("docs")
    tables = Tables(own_reactions=answering("triage").reactions)
    triage = await world.start("triage", tables)
    run = Conditions(correlation=uuid4())
    commands = [Command(TICKETS, "T1", texts(text), context(uuid4()), conditions=run) for text in ("one", "two")]
    first = [await triage.command(command) for command in commands]
    await world.settled()
    triage = await again(world, triage, tables)
    before = own(world, "triage")
    repeated = [await triage.command(command) for command in commands]
    assert [answer.repeat for answer in repeated] == [True, True]
    assert [[event.id for event in answer.events] for answer in repeated] == [
        [event.id for event in answer.events] for answer in first
    ]
    assert {event.correlationid for answer in repeated for event in answer.events} == {run.correlation}
    assert own(world, "triage") == before


async def test_a_command_that_the_dump_holds_still_refuses_another_body(world: World) -> None:
    await world.start("docs")
    triage = await world.start("triage")
    command = Command(TICKETS, "T1", texts("one"), context(uuid4()), "what was asked")
    await triage.command(command)
    await world.settled()
    dump = await asyncio.to_thread(dumped, world.url, "triage")
    await say(triage, "T1", "later")
    await world.settled()
    triage = await again(world, triage, dump=dump)
    with pytest.raises(Refusal, match="idempotency_key_reused"):
        await triage.command(command._replace(fingerprint="something else"))


async def test_a_cause_that_was_answered_on_another_subject_is_not_answered_again(world: World) -> None:
    tables = Tables(reactions={"desk.triage.said.v1": counting})
    docs, triage = await world.start("docs", tables), await world.start("triage")
    await say(triage, "T1", "a", "b", "c")
    await world.settled()
    before = own(world, "docs")
    docs = await again(world, docs, tables)
    assert own(world, "docs") == before
    await say(triage, "T1", "d")
    await world.settled()
    answers = ("a is number 1", "b is number 2", "c is number 3", "d is number 4")
    assert await heard(docs, "T1-answers", "docs") == await heard(triage, "T1-answers", "docs") == answers
    assert docs.parking.count() == triage.parking.count() == 0


async def test_calls_of_before_the_restore_are_in_doubt_and_later_ones_are_not(world: World) -> None:
    tables = Tables(effects={"desk.triage.said.v1": calling, "desk.docs.said.v1": calling})
    docs, triage = await world.start("docs", tables), await world.start("triage")
    await say(triage, "T1", "heard")
    await say(docs, "T1", "own")
    await world.settled()
    dump = await asyncio.to_thread(dumped, world.url, "docs")
    assert set(calls(world, "docs").values()) == {"planned"}
    await say(triage, "T1", "heard in the lost stretch")
    await say(docs, "T1", "own in the lost stretch")
    await world.settled()
    docs = await again(world, docs, tables, dump)
    assert len(calls(world, "docs")) == 4
    assert set(calls(world, "docs").values()) == {"unknown"}
    await say(triage, "T1", "heard after")
    await say(docs, "T1", "own after")
    await world.settled()
    after = calls(world, "docs")
    assert (after["heard after"], after["own after"]) == ("planned", "planned")


def armed(event: Event, _state: object) -> list[TimerChange]:
    """A timer that is due at once."""
    return [Arm("echo", text_of(event), event.recordedtime - timedelta(hours=1))]


def echoed(due: Due, state: object, _deciding: DecisionContext) -> list[Draft]:
    assert isinstance(state, Talk)
    """The decision of a due timer depends on all facts applied by then."""
    return [Draft(data=Answered(text=f"{due.key} of {sum(map(len, state.lines.values()))}"))]


async def test_a_timer_that_fired_in_the_lost_stretch_does_not_fire_again(world: World) -> None:
    tables = Tables(timers={"desk.triage.said.v1": armed}, due={"echo": echoed})
    docs, triage = await world.start("docs", tables), await world.start("triage")
    await say(triage, "T1", "a")
    async with asyncio.timeout(PATIENCE):
        while not await heard(triage, "T1", "docs"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await say(triage, "T1", "b")
    async with asyncio.timeout(PATIENCE):
        while len(await heard(triage, "T1", "docs")) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await world.settled()
    before = own(world, "docs")
    docs = await again(world, docs, tables)
    async with asyncio.timeout(PATIENCE):
        while world.sql("docs", "SELECT 1 FROM timers"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert own(world, "docs") == before
    assert docs.parking.count() == 0


async def test_facts_that_an_earlier_release_parked_are_freed_by_a_retry(
    local: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stubborn(event: Event, _state: object, _deciding: DecisionContext) -> list[Draft]:
        return [Draft(data=Answered(text=f"{event.owner} said {text_of(event)}"))]

    tables = Tables(reactions={"desk.triage.said.v1": stubborn})
    docs, triage = await local.start("docs", tables), await local.start("triage")
    await say(triage, "T1", "a", "b", "c")
    await local.settled()
    before = own(local, "docs")
    with monkeypatch.context() as earlier:
        earlier.setattr(Replica, "decided_with", lambda *_: False)
        earlier.setattr(Replica, "behind", lambda *_: {})
        earlier.setattr(DecisionRunner, "_recorded", lambda *_: False)
        earlier.setattr("desk.eventstore.unit_of_work.unit_of_work.UnitOfWork.answered", lambda *_: False)
        docs = await again(local, docs, tables)
    local.sql("docs", "DELETE FROM answers")
    assert [(row.cause, row.detail.split()[0]) for row in docs.parking.heads()] == [("handler", "Conflict")]
    assert docs.parking.count() == docs.parking.count("T1") == 3
    tally = docs.parking.retry("T1")
    assert (tally.taken, tally.parked) == (3, 0)
    assert own(local, "docs") == before
    assert await heard(docs, "T1", "triage") == ("a", "b", "c")


async def test_a_retry_counts_what_still_waits(local: World) -> None:
    def failing(event: Event, _state: object, _deciding: DecisionContext) -> list[Draft]:
        raise ValueError(event.id)

    docs = await local.start("docs", Tables(reactions={"desk.triage.said.v1": failing}))
    triage = await local.start("triage")
    await say(triage, "T1", "a", "b", "c")
    await local.settled()
    tally = docs.parking.retry("T1")
    assert (tally.taken, tally.parked) == (0, 3)


async def test_a_peer_that_is_set_back_is_never_up_to_date(local: World) -> None:
    docs, triage = await local.start("docs", answering("triage")), await local.start("triage", answering("docs"))
    await say(triage, "T1", "a")
    await local.settled()
    dump = await asyncio.to_thread(dumped, local.url, "triage")
    await say(triage, "T1", "b", "c")
    await local.settled()
    await local.stop(triage)
    await asyncio.to_thread(restore, local.url, "triage", dump)
    assert (await docs.status()).lag["triage"] > 0
    assert not (await docs.status()).drained
    triage = await local.start("triage", answering("docs"))
    await say(triage, "T1", "d")
    await local.settled()
    assert await heard(docs, "T1", "triage") == await heard(triage, "T1", "triage") == ("a", "b", "c", "d")
    assert docs.parking.count() == triage.parking.count() == 0


async def test_a_peer_whose_store_is_gone_holds_up_nobody(local: World) -> None:
    docs, triage, sla = [await local.start(owner) for owner in ("docs", "triage", "sla")]
    await say(triage, "T1", "a")
    await local.settled()
    await local.stop(triage)
    await asyncio.to_thread(drop, local.url, "triage")
    await say(sla, "T1", "x")
    await hears(docs, "T1", "sla", ("x",))
    assert (await docs.status()).lag["triage"] > 0, "a store that is missing is never up to date"
    await local.start("triage")
    await hears(sla, "T1", "triage", ("a",))
    await say(local.running[-1], "T1", "b")
    await hears(docs, "T1", "triage", ("a", "b"))


async def test_a_store_that_is_set_back_under_the_running_service_is_recovered(local: World) -> None:
    docs, triage = await local.start("docs"), await local.start("triage")
    await say(triage, "T1", "a")
    await say(docs, "T1", "x")
    await local.settled()
    local.sql("triage", "CREATE TABLE saved AS SELECT max(notification_id) AS last FROM stored_events")
    await say(triage, "T1", "b", "c")
    await say(docs, "T1", "y")
    await local.settled()
    before = own(local, "triage")
    local.sql("triage", "DELETE FROM stored_events WHERE notification_id > (SELECT last FROM saved)")
    local.sql("triage", "UPDATE positions SET position = 1")
    async with asyncio.timeout(PATIENCE):
        while own(local, "triage") != before:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await say(triage, "T1", "d")
    await local.settled()
    assert await heard(docs, "T1", "triage") == ("a", "b", "c", "d")
    assert await heard(triage, "T1", "docs") == ("x", "y")
    assert docs.parking.count() == triage.parking.count() == 0


async def test_an_operator_says_that_everything_was_restored(local: World) -> None:
    tables = Tables(effects={"desk.docs.said.v1": calling})
    docs = await local.start("docs", tables)
    await say(docs, "T1", "a")
    before = local.sql("docs", "SELECT epoch FROM relay")
    await local.stop(docs)
    docs = await local.start("docs", tables)
    assert local.sql("docs", "SELECT epoch FROM relay") == before
    assert calls(local, "docs") == {"a": "planned"}
    await local.stop(docs)
    local.store("docs").execute(declare_restored)
    docs = await local.start("docs", tables)
    assert local.sql("docs", "SELECT epoch FROM relay") != before
    assert calls(local, "docs") == {"a": "unknown"}
    assert await heard(docs, "T1", "docs") == ("a",)


async def test_a_call_whose_end_is_recorded_is_not_made_again(local: World) -> None:
    made: list[str] = []

    async def call(planned: OutboundCall, _state: object) -> Outcome:
        made.append(planned.data.decode())
        return Outcome("done", f"page-{len(made)}")

    def paging(event: Event, _state: object) -> list[Intent]:
        assert isinstance(event.data, ViewRebuilt)
        return [Intent("page", data=event.data.view.encode())]

    def service(owner: str, tables: Tables) -> Service:
        around = RuntimeContext(local.url, local.bus(), catalogued(), CommitNotifier())
        kinds = [OutboundCallKind("page", "pager", call, lambda _planned, _state: False)] if tables.effects else []
        made_so = Service(ServiceSpec(owner, tables, NoPolicies(), kinds), around)
        local.running.append(made_so)
        return made_so

    await asyncio.to_thread(migrate, local.url, "docs")
    await asyncio.to_thread(migrate, local.url, "triage")
    docs = service("docs", Tables(effects={"desk.docs.view-rebuilt.v1": paging}))
    triage = service("triage", Tables())
    await docs.start()
    await triage.start()
    await docs.record_operations_event(ViewRebuilt(view="tickets", version="1", facts=1, seconds=0.1))
    await _ended(local)
    await local.settled()
    await local.stop(docs)
    await asyncio.to_thread(drop, local.url, "docs")
    await asyncio.to_thread(migrate, local.url, "docs")
    docs = service("docs", Tables(effects={"desk.docs.view-rebuilt.v1": paging}))
    await docs.start()
    await local.settled()
    assert local.sql("docs", "SELECT state, vendor_key FROM effects") == [("done", "page-1")]
    assert made == ["tickets"]


async def _ended(world: World) -> None:
    async with asyncio.timeout(PATIENCE):
        while world.sql("docs", "SELECT state FROM effects") != [("done",)]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
