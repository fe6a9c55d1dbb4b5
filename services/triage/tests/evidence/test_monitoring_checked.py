"""Step 14 by itself: alerts after a fix, from a simulated Auvik account, on real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.streams.clients import DeviceMapped
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake.assets import AssetLinked, AssetUnlinked
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage.fix import FixApplied, MonitoringChecked, MonitoringRegressed, VerificationFailed
from desk.policies.book import PolicyBook
from desk_deploy.testing.evidence_bench import ACME, NORTHWIND
from desk_integrations.evidence.collector import Collector
from desk_integrations.instances.document import Instances, parse

from .incident_sources import MONITOR, SourcesBench, sources, sources_bench

pytestmark = pytest.mark.postgres
KIND = f"monitoring/{MONITOR}/after-fix"


def monitor_alone() -> Instances:
    return parse({"instances": [one.model_dump() for one in sources().instances if one.kind == "monitoring"]})


@pytest.fixture
async def bench(database: str) -> AsyncIterator[SourcesBench]:
    async with sources_bench(database, monitor_alone()) as found:
        yield found


def fix(minutes_ago: float, attempt: int = 1) -> Draft:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return Draft(data=FixApplied(what="set MTU 1400"), cycle=1, attempt=attempt, time=at)


async def fixed(bench: SourcesBench, ticket: str, minutes_ago: float, device: str = "d1") -> None:
    await bench.open_ticket(ticket)
    await bench.desk.say(ticket, AssetLinked(link="link-1", device=device), fix(minutes_ago))


def states(bench: SourcesBench) -> list[str]:
    return [state for kind, state, _ in bench.calls() if kind == KIND]


async def until_states(bench: SourcesBench, *wanted: str) -> None:
    for _ in range(200):
        if states(bench) == list(wanted):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"calls are {bench.calls()}, not {wanted}")


async def test_monitoring_without_a_new_alert_is_clear_when_the_settle_time_is_over(bench: SourcesBench) -> None:
    await bench.map(ACME, d1="ACME-WS-014")
    bench.monitor.network.raise_alert(bench.device(ACME, "ACME-FW01"), "Firewall is offline")
    await fixed(bench, "t-1", 11)
    (checked,) = await bench.until_facts("t-1", MonitoringChecked, 1)
    assert (checked.state, checked.source, checked.devices, checked.unknown) == ("clear", MONITOR, ("d1",), ())
    assert (checked.reason, checked.unavailable) == ("", ("history",))
    (event,) = await bench.events("t-1", MonitoringChecked)
    assert (event.actor, event.cycle, event.attempt) == ("service:triage", 1, 1)
    assert RESOLVE["monitoring"].check(await bench.desk.ticket("t-1"), "automatic")
    await until_states(bench, "done")


async def test_an_alert_raised_after_the_fix_regresses_the_attempt_and_the_next_one_is_checked_anew(
    bench: SourcesBench,
) -> None:
    await bench.map(ACME, d1="ACME-WS-014")
    alert = bench.monitor.network.raise_alert(bench.device(ACME, "ACME-WS-014"), "Tunnel of pat.doe is down")
    await fixed(bench, "t-1", 11)
    (regressed,) = await bench.until_facts("t-1", MonitoringRegressed, 1)
    assert regressed.source == MONITOR and str(regressed.what).startswith("Tunnel of pat.doe is down")
    assert b"Tunnel of pat.doe" not in await bench.raw("t-1")
    ticket = await bench.desk.ticket("t-1")
    assert ticket.triage.attempt.failed and status(ticket) is Status.DIAGNOSING
    assert not RESOLVE["monitoring"].check(ticket, "automatic") and not RESOLVE["fix"].check(ticket, "mandatory")

    bench.monitor.network.clear_alert(alert["id"])
    await bench.desk.say("t-1", fix(11, attempt=2))
    (checked,) = await bench.until_facts("t-1", MonitoringChecked, 1)
    assert checked.state == "clear"
    ticket = await bench.desk.ticket("t-1")
    assert ticket.triage.attempt.number == 2 and RESOLVE["monitoring"].check(ticket, "automatic")


async def test_an_alert_from_before_the_fix_does_not_count(database: str) -> None:
    at_once = PolicyBook()
    at_once.put("monitoring-window", "2", {"settle_minutes": 0})
    async with sources_bench(database, monitor_alone(), policies=at_once) as bench:
        await bench.map(ACME, d1="ACME-WS-014")
        bench.monitor.network.raise_alert(bench.device(ACME, "ACME-WS-014"), "Firmware is out of date")
        await asyncio.sleep(1.1)
        await fixed(bench, "t-1", 0)
        (checked,) = await bench.until_facts("t-1", MonitoringChecked, 1)
        assert checked.state == "clear"


async def test_a_device_without_a_mapping_is_unknown_until_it_has_one(bench: SourcesBench) -> None:
    await bench.map(ACME)
    await fixed(bench, "t-1", 11)
    (unmapped,) = await bench.until_facts("t-1", MonitoringChecked, 1)
    assert (unmapped.state, unmapped.reason, unmapped.unknown) == ("unknown", "device-not-mapped", (MONITOR,))
    ticket = await bench.desk.ticket("t-1")
    assert ticket.triage.attempt.checked_state == "unknown" and RESOLVE["monitoring"].check(ticket, "automatic")
    ids = {MONITOR: bench.device(ACME, "ACME-WS-014")}
    await bench.desk.say(ACME, DeviceMapped(device="d1", revision=1, ids=ids))
    bench.ask_again()
    second = (await bench.until_facts("t-1", MonitoringChecked, 2))[1]
    assert second.state == "clear"
    assert (await bench.desk.ticket("t-1")).triage.attempt.checked_state == "clear"


async def test_a_device_that_is_linked_after_the_fix_is_checked_too(bench: SourcesBench) -> None:
    await bench.map(ACME, d1="ACME-WS-014", d2="ACME-FW01")
    await fixed(bench, "t-1", 11)
    await bench.until_facts("t-1", MonitoringChecked, 1)
    unlinked = AssetUnlinked(link="link-1", reason="typo")
    await bench.desk.say("t-1", unlinked, AssetLinked(link="link-2", device="d2"))
    second = (await bench.until_facts("t-1", MonitoringChecked, 2))[1]
    assert (second.state, second.devices) == ("clear", ("d2",))
    assert RESOLVE["monitoring"].check(await bench.desk.ticket("t-1"), "automatic")


async def test_alerts_of_another_client_never_regress(bench: SourcesBench) -> None:
    bench.monitor.network.raise_alert(bench.device(NORTHWIND, "NW-EHR01"), "Server of Northwind is offline")
    bench.monitor.faults.change({"api_filter_ignored": 1.0})
    await bench.map(ACME, d1="ACME-WS-014")
    await fixed(bench, "t-1", 11)
    (checked,) = await bench.until_facts("t-1", MonitoringChecked, 1)
    assert checked.state == "clear"
    assert await bench.facts("t-1", MonitoringRegressed) == []


class Hasty(Collector):
    """A broken twin: it does not wait for the end of the settle time."""

    def __init__(self, service: str, table: Any, *rest: Any, **more: Any) -> None:
        super().__init__(service, [replace(one, settle=None) for one in table], *rest, **more)


async def question_before_the_settle_time_is_over(database: str, collector: type[Collector]) -> None:
    """Nothing is asked before the settle time is over, and a failed verification drops the question."""
    async with sources_bench(database, monitor_alone(), collector) as bench:
        await bench.map(ACME, d1="ACME-WS-014")
        await fixed(bench, "t-1", 0)
        for _ in range(100):
            if any(detail == "the window has not ended" for _, _, detail in bench.calls()):
                break
            await asyncio.sleep(0.05)
        bench.ask_again()
        await asyncio.sleep(1.5)
        assert await bench.facts("t-1", MonitoringChecked) == [] and states(bench) == ["planned"]
        failed = VerificationFailed(what_failed="still drops", seen_by="pat")
        await bench.desk.say("t-1", Draft(data=failed, cycle=1, attempt=1))
        bench.ask_again()
        await until_states(bench, "superseded")


CHECKS: Mapping[str, Any] = {"settle time": (question_before_the_settle_time_is_over, Hasty)}


@pytest.mark.parametrize("name", CHECKS)
async def test_the_collector_passes(database: str, name: str) -> None:
    await CHECKS[name][0](database, Collector)


@pytest.mark.parametrize("name", CHECKS)
async def test_its_broken_twin_fails(database: str, name: str) -> None:
    check, twin = CHECKS[name]
    with pytest.raises(AssertionError):
        await check(database, twin)
