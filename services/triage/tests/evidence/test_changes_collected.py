"""Step 7 by itself: device changes from a simulated NinjaOne, on real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from desk.contract.event import Payload
from desk.contract.streams.security import PolicyViolation
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake.assets import AssetLinked, AssetUnlinked
from desk.contract.ticket.intake.facts import MergedInto
from desk.contract.ticket.triage.diagnosis import DeviceChangesCollected
from desk.contract.ticket.triage.ends import Resolved
from desk.decision.planning import Effects
from desk.decision.principal import Role
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.service.definition import ByFact
from desk_deploy.testing.rmm_bench import ACME, CREDENTIALS, NINJA, NORTHWIND, RmmBench, ninja, rmm_bench
from desk_integrations.evidence.collector import Collector
from desk_integrations.instances.document import parse
from desk_triage.integrations import EVIDENCE
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres
KIND = f"rmm/{NINJA}/device-changes"
NEVER = ("policy", "gpo", "profile")


@pytest.fixture
async def bench(database: str) -> AsyncIterator[RmmBench]:
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake") as found:
        yield found


def link(device: str, number: int = 1) -> AssetLinked:
    return AssetLinked(link=f"link-{number}", device=device)


async def linked(bench: RmmBench, ticket: str, device: str = "d-1") -> None:
    await bench.open_ticket(ticket)
    await bench.desk.say(ticket, link(device))


async def test_changes_are_collected_when_the_asset_is_linked_and_frozen_as_found(bench: RmmBench) -> None:
    await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"), d2=bench.device(ACME, "ACME-FW01"))
    await linked(bench, "t-1", "d1")
    (fact,) = await bench.until_facts("t-1", DeviceChangesCollected, 1)
    assert (fact.device, fact.source, fact.state, fact.reason) == ("d1", NINJA, "match", "")
    assert fact.window_to == bench.opening and fact.window_from is not None
    assert (fact.window_to - fact.window_from).days == 14
    assert any("KB5101002" in str(change.what) for change in fact.changes)
    times = [change.at for change in fact.changes]
    assert times == sorted(times) and fact.unavailable == NEVER and fact.asked_at is not None
    raw = await bench.raw("t-1")
    assert b"KB5101002" not in raw and b"7-Zip" not in raw

    (event,) = await bench.events("t-1", DeviceChangesCollected)
    (trigger,) = await bench.events("t-1", AssetLinked)
    assert event.causationid == trigger.id and event.actor == "service:triage"
    ticket = await bench.desk.ticket("t-1")
    assert RESOLVE["changes"].check(ticket, "automatic")
    await bench.until_calls("done")

    # another device: asked anew, and a firewall without an agent has no history there
    await bench.desk.say("t-1", link("d2", 2))
    second = (await bench.until_facts("t-1", DeviceChangesCollected, 2))[1]
    assert (second.device, second.state, second.changes, second.unavailable) == ("d2", "clear", (), NEVER)
    status = (await bench.desk.get("/status", Role.ADMIN)).json()
    row = {name: status["integrations"][0][name] for name in ("instance", "vendor", "state", "waiting", "unanswered")}
    assert row == {"instance": NINJA, "vendor": "ninjaone", "state": "ok", "waiting": 0, "unanswered": 0}


async def test_an_unknown_answer_stays_visible_and_a_later_one_is_a_new_snapshot(database: str) -> None:
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake", env={"NINJA_ID": "deskstream"}) as bench:
        await linked(bench, "t-1", "d1")
        (unmapped,) = await bench.until_facts("t-1", DeviceChangesCollected, 1)
        assert (unmapped.state, unmapped.reason, unmapped.unavailable) == ("unknown", "credentials-missing", NEVER)
        bench.env.update(CREDENTIALS)
        bench.ask_again()
        second = (await bench.until_facts("t-1", DeviceChangesCollected, 2))[1]
        assert (second.state, second.reason, bench.network.paths) == ("unknown", "client-not-mapped", [])
        bench.ask_again()
        await asyncio.sleep(1.5)
        assert len(await bench.facts("t-1", DeviceChangesCollected)) == 2
        ticket = await bench.desk.ticket("t-1")
        assert ticket.triage.changes is not None and ticket.triage.changes.result == "unknown"
        assert RESOLVE["changes"].check(ticket, "automatic")

        await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"))
        bench.ask_again()
        *_, third = await bench.until_facts("t-1", DeviceChangesCollected, 3)
        assert (third.state, third.source) == ("match", NINJA)
        assert len({one.snapshot for one in await bench.facts("t-1", DeviceChangesCollected)}) == 3
        await bench.until_calls("done")
        ticket = await bench.desk.ticket("t-1")
        assert ticket.triage.changes is not None and ticket.triage.changes.result == "match"


async def test_a_changed_device_supersedes_the_question_and_the_switch_holds_both_back(bench: RmmBench) -> None:
    await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"), d2=bench.device(ACME, "ACME-LT-022"))
    stop = {"kind": f"rmm/{NINJA}"}
    assert (await bench.desk.post("/effect-stops", stop, Role.ADMIN)).status_code == 200
    await linked(bench, "t-1", "d1")
    await bench.desk.say("t-1", AssetUnlinked(link="link-1", reason="typo"), link("d2", 2))
    await asyncio.sleep(1.5)
    assert [state for _, state, _ in bench.calls()] == ["planned", "planned"] and bench.network.paths == []
    assert (await bench.desk.post("/effect-starts", stop, Role.ADMIN)).status_code == 200
    (fact,) = await bench.until_facts("t-1", DeviceChangesCollected, 1)
    assert (fact.device, fact.state) == ("d2", "match")
    await bench.until_calls("superseded", "done")
    assert not any(f"/{bench.device(ACME, 'ACME-WS-014')}" in path for path in bench.network.paths)


async def test_a_stop_is_the_reason_on_the_ticket_from_the_deadline_on_until_it_ends(database: str) -> None:
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake", instances=ninja(deadline=2.0)) as bench:
        await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"))
        stop = {"kind": "rmm", "client": ACME}
        await bench.desk.post("/effect-stops", stop, Role.ADMIN)
        await linked(bench, "t-1", "d1")
        (stopped,) = await bench.until_facts("t-1", DeviceChangesCollected, 1)
        assert (stopped.state, stopped.reason, bench.network.paths) == ("unknown", "stopped", [])
        assert RESOLVE["changes"].check(await bench.desk.ticket("t-1"), "automatic")
        await bench.until_calls("unknown")
        await bench.desk.post("/effect-starts", stop, Role.ADMIN)
        *_, answered = await bench.until_facts("t-1", DeviceChangesCollected, 2)
        assert answered.state == "match" and answered.snapshot != stopped.snapshot
        await bench.until_calls("done")


async def test_questions_to_an_instance_that_was_removed_are_unknown_and_are_asked_once_it_is_back(
    database: str,
) -> None:
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake") as bench:
        await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"))
        await bench.desk.post("/effect-stops", {"kind": "rmm"}, Role.ADMIN)
        await linked(bench, "t-1", "d1")
        await bench.until_calls("planned")
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake", instances=parse({})) as bench:
        (removed,) = await bench.until_facts("t-1", DeviceChangesCollected, 1)
        assert (removed.state, removed.source, removed.reason) == ("unknown", NINJA, "not-configured")
        await bench.until_calls("unknown")
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake") as bench:
        await bench.desk.post("/effect-starts", {"kind": "rmm"}, Role.ADMIN)
        *_, answered = await bench.until_facts("t-1", DeviceChangesCollected, 2)
        assert (answered.state, bench.network.paths != []) == ("match", True)


async def test_rows_of_another_client_never_appear(bench: RmmBench) -> None:
    ours, theirs = bench.device(ACME, "ACME-WS-014"), bench.device(NORTHWIND, "NW-WS-003")
    bench.rmm.fleet.install_software(theirs, "Secret tool of Northwind", "1.0")
    bench.rmm.faults.change({"api_filter_ignored": 1.0})
    await bench.map(ACME, "40", d1=ours, d2=theirs)
    await linked(bench, "t-1", "d1")
    (fact,) = await bench.until_facts("t-1", DeviceChangesCollected, 1)
    assert fact.foreign > 0 and not any("Northwind" in str(change.what) for change in fact.changes)

    await bench.desk.say("t-1", link("d2", 2))
    second = (await bench.until_facts("t-1", DeviceChangesCollected, 2))[1]
    assert (second.device, second.state, second.reason, second.changes) == ("d2", "unknown", "device-foreign", ())
    (violation,) = await bench.facts("t-1", PolicyViolation)
    assert (violation.rule, violation.ticket) == ("foreign-device", "t-1")
    assert NINJA in str(violation.detail) and "Northwind" not in str(violation.detail)


ENDS: Mapping[str, Sequence[Payload]] = {
    "resolved": (Resolved(technician="tess"),),
    "merged": (MergedInto(root="t-9", evidence="the same"),),
}


@pytest.mark.parametrize("end", ENDS)
async def test_a_ticket_that_is_over_is_not_asked_about_any_more(bench: RmmBench, end: str) -> None:
    await linked(bench, "t-1", "d1")
    await bench.until_facts("t-1", DeviceChangesCollected, 1)
    await bench.until_calls("unknown")
    await bench.desk.say("t-1", *ENDS[end])
    await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"))
    bench.ask_again()
    await bench.until_calls("superseded")
    assert len(await bench.facts("t-1", DeviceChangesCollected)) == 1 and bench.network.paths == []


class AskingOnce(Collector):
    """A broken twin: it does not ask again what may have been asked."""

    def kinds(self) -> tuple[OutboundCallKind, ...]:
        return tuple(kind._replace(repeatable=False) for kind in super().kinds())


class Stubborn(Collector):
    """A broken twin: it goes on with a question whose subject changed."""

    def kinds(self) -> tuple[OutboundCallKind, ...]:
        return tuple(kind._replace(stale=lambda _planned, _ticket: False) for kind in super().kinds())


class Eager(Collector):
    """A broken twin: it plans the calls of a fact twice."""

    def effects(self) -> ByFact[Effects]:
        def again(plan: Effects) -> Effects:
            return lambda event, state: [intent._replace(key=f"{intent.key}|2") for intent in plan(event, state)]

        return {trigger: (*plans, *map(again, plans)) for trigger, plans in super().effects().items()}


async def crash_between_sent_and_recorded(database: str, collector: type[Collector]) -> None:
    """The process ends after the vendor answered and before the answer is recorded: it is asked again, and the ticket
    gets one snapshot."""
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake", collector=collector) as bench:
        await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"))
        service = bench.desk.service
        await bench.desk.post("/effect-stops", {"kind": "rmm"}, Role.ADMIN)
        await linked(bench, "t-1", "d1")
        await bench.until_calls("planned")
        (listed,) = service.effects.listed()
        ticket = await bench.desk.ticket("t-1")
        answer = await service.spec.kinds[0].call(listed.planned, ticket)
        assert answer.what == "done" and bench.network.paths
        lost = "UPDATE effects SET state = 'sent', tries = 1, leased = now() - interval '1 second', holder = NULL"
        service.log.store.execute(lambda cursor: cursor.execute(lost))
        await bench.desk.post("/effect-starts", {"kind": "rmm"}, Role.ADMIN)
        await bench.until_facts("t-1", DeviceChangesCollected, 1)
        await bench.until_calls("done")
        assert len(await bench.facts("t-1", DeviceChangesCollected)) == 1


async def question_about_a_former_device(database: str, collector: type[Collector]) -> None:
    """A question that waits is dropped when the device changes; the vendor hears of the new one alone."""
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake", collector=collector) as bench:
        before, after = bench.device(ACME, "ACME-WS-014"), bench.device(ACME, "ACME-LT-022")
        await bench.map(ACME, "40", d1=before, d2=after)
        await bench.desk.post("/effect-stops", {"kind": "rmm"}, Role.ADMIN)
        await linked(bench, "t-1", "d1")
        await bench.desk.say("t-1", link("d2", 2))
        await bench.desk.post("/effect-starts", {"kind": "rmm"}, Role.ADMIN)
        await bench.until_facts("t-1", DeviceChangesCollected, 1)
        await bench.until_calls("superseded", "done")
        assert not any(f"/{before}" in path for path in bench.network.paths)


async def one_call_for_one_link(database: str, collector: type[Collector]) -> None:
    """One fact plans one call per source."""
    async with rmm_bench(database, TRIAGE, EVIDENCE, "intake", collector=collector) as bench:
        await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"))
        await linked(bench, "t-1", "d1")
        await bench.until_facts("t-1", DeviceChangesCollected, 1)
        assert [kind for kind, _, _ in bench.calls()] == [KIND]


CHECKS: Mapping[str, Any] = {
    "crash": (crash_between_sent_and_recorded, AskingOnce),
    "former device": (question_about_a_former_device, Stubborn),
    "one call": (one_call_for_one_link, Eager),
}


@pytest.mark.parametrize("name", CHECKS)
async def test_the_collector_passes(database: str, name: str) -> None:
    await CHECKS[name][0](database, Collector)


@pytest.mark.parametrize("name", CHECKS)
async def test_its_broken_twin_fails(database: str, name: str) -> None:
    check, twin = CHECKS[name]
    with pytest.raises(AssertionError):
        await check(database, twin)
