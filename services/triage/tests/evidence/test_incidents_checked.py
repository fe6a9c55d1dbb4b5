"""Step 4 by itself: open incidents of a status page and open alerts of a client, on real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from desk.contract.event import Draft
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived
from desk.contract.ticket.triage.ends import Reopened, Resolved
from desk.contract.ticket.triage.known_incidents import KnownIncidentsChecked
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk_deploy.testing.evidence_bench import ACME, NORTHWIND
from desk_integrations.evidence.collector import Collector

from .incident_sources import MONITOR, PAGE, PAGE_HOST, SourcesBench, sources_bench

pytestmark = pytest.mark.postgres


@pytest.fixture
async def bench(database: str) -> AsyncIterator[SourcesBench]:
    async with sources_bench(database) as found:
        yield found


async def linked(bench: SourcesBench, ticket: str, device: str = "d1", number: int = 1) -> None:
    await bench.desk.say(ticket, AssetLinked(link=f"link-{number}", device=device))


def by_source(checks: list[KnownIncidentsChecked]) -> Mapping[str, KnownIncidentsChecked]:
    return {source: check for check in checks for source in check.sources}


async def test_every_source_is_asked_when_the_asset_is_linked_and_the_negative_is_recorded(bench: SourcesBench) -> None:
    await bench.map(ACME, d1="ACME-WS-014")
    await bench.open_ticket("t-1")
    await linked(bench, "t-1")
    found = by_source(await bench.until_facts("t-1", KnownIncidentsChecked, 2))
    assert {source: check.sources[source] for source, check in found.items()} == {PAGE: "clear", MONITOR: "clear"}
    assert all((one.device, one.reason, one.matches) == ("d1", "", ()) and one.asked_at for one in found.values())
    assert found[MONITOR].unavailable == ("history",)
    ticket = await bench.desk.ticket("t-1")
    assert ticket.triage.known_incidents is not None and ticket.triage.known_incidents.result == "clear"
    assert RESOLVE["known-incidents"].check(ticket, "automatic")
    await bench.until_calls("done", "done")
    kinds = {kind for kind, _, _ in bench.calls()}
    assert kinds == {f"status/{PAGE}/known-incidents", f"monitoring/{MONITOR}/known-incidents"}
    for event in await bench.events("t-1", KnownIncidentsChecked):
        assert (event.actor, event.cycle) == ("service:triage", 1)


async def test_open_incidents_and_alerts_match_and_their_texts_are_sealed(bench: SourcesBench) -> None:
    await bench.map(ACME, d1="ACME-WS-014", d2="ACME-FW01")
    outage = bench.page.owner.report("Sign-in fails for EU", "major", components=["Sign-in"])
    bench.page.owner.schedule("Planned work next week")
    bench.monitor.network.raise_alert(bench.device(ACME, "ACME-WS-014"), "Ping of the workstation fails")
    bench.monitor.network.raise_alert(bench.device(ACME, "ACME-FW01"), "Firewall is offline")
    await bench.open_ticket("t-1")
    await linked(bench, "t-1")
    found = by_source(await bench.until_facts("t-1", KnownIncidentsChecked, 2))
    page, monitor = found[PAGE], found[MONITOR]
    assert (page.sources, page.matches) == ({PAGE: "match"}, (outage["id"],))
    (incident,) = page.incidents
    assert (incident.what, incident.status, incident.severity) == ("Sign-in fails for EU", "investigating", "major")
    assert [(one.device, str(one.what).partition(":")[0]) for one in monitor.incidents] == [
        ("d1", "Ping of the workstation fails"),
        ("d2", "Firewall is offline"),
    ]
    raw = await bench.raw("t-1")
    assert b"Sign-in fails" not in raw and b"Firewall is offline" not in raw
    ticket = await bench.desk.ticket("t-1")
    assert ticket.triage.known_incidents is not None and ticket.triage.known_incidents.result == "match"


async def test_a_page_that_does_not_answer_is_unknown_until_it_does(bench: SourcesBench) -> None:
    await bench.map(ACME, d1="ACME-WS-014")

    def away(request: httpx.Request) -> None:
        if request.url.host == PAGE_HOST:
            raise httpx.ConnectError("away")

    bench.network.before = away
    await bench.open_ticket("t-1")
    await linked(bench, "t-1")
    found = by_source(await bench.until_facts("t-1", KnownIncidentsChecked, 2))
    assert (found[PAGE].sources[PAGE], found[PAGE].reason) == ("unknown", "unavailable")
    assert found[MONITOR].sources[MONITOR] == "clear"
    ticket = await bench.desk.ticket("t-1")
    assert ticket.triage.known_incidents is not None and ticket.triage.known_incidents.result == "unknown"
    assert RESOLVE["known-incidents"].check(ticket, "automatic")

    bench.network.before = lambda _request: None
    bench.ask_again()
    third = (await bench.until_facts("t-1", KnownIncidentsChecked, 3))[2]
    assert third.sources == {PAGE: "clear"} and third.check != found[PAGE].check
    ticket = await bench.desk.ticket("t-1")
    assert ticket.triage.known_incidents is not None and ticket.triage.known_incidents.result == "clear"


async def test_a_client_without_a_mapping_is_unknown_at_the_monitor_and_asks_the_page(bench: SourcesBench) -> None:
    await bench.open_ticket("t-1")
    await bench.desk.say("t-1", AssetLinkWaived(reason="no-device"))
    found = by_source(await bench.until_facts("t-1", KnownIncidentsChecked, 2))
    assert (found[MONITOR].sources[MONITOR], found[MONITOR].reason) == ("unknown", "client-not-mapped")
    assert (found[PAGE].sources[PAGE], found[PAGE].device) == ("clear", None)
    assert not any("/v1/" in path for path in bench.network.paths)
    assert RESOLVE["known-incidents"].check(await bench.desk.ticket("t-1"), "automatic")


async def test_a_new_cycle_and_another_device_are_asked_about_again(bench: SourcesBench) -> None:
    await bench.map(ACME, d1="ACME-WS-014", d2="ACME-FW01")
    await bench.open_ticket("t-1")
    await linked(bench, "t-1")
    await bench.until_facts("t-1", KnownIncidentsChecked, 2)
    await linked(bench, "t-1", "d2", 2)
    assert {one.device for one in (await bench.until_facts("t-1", KnownIncidentsChecked, 4))[2:]} == {"d2"}
    await bench.until_calls("done", "done", "done", "done")

    await bench.desk.say("t-1", Draft(data=Resolved(technician="tess"), cycle=1))
    end = (await bench.desk.ticket("t-1")).triage.ends[1].id
    await bench.desk.say("t-1", Draft(data=Reopened(undoes=end, cause="client"), cycle=2))
    await bench.until_facts("t-1", KnownIncidentsChecked, 6)
    assert [event.cycle for event in await bench.events("t-1", KnownIncidentsChecked)] == [1, 1, 1, 1, 2, 2]


async def test_alerts_of_another_client_never_appear(bench: SourcesBench) -> None:
    bench.monitor.network.raise_alert(bench.device(NORTHWIND, "NW-EHR01"), "Server of Northwind is offline")
    bench.monitor.faults.change({"api_filter_ignored": 1.0})
    await bench.map(ACME, d1="ACME-WS-014")
    await bench.open_ticket("t-1")
    await linked(bench, "t-1")
    found = by_source(await bench.until_facts("t-1", KnownIncidentsChecked, 2))
    assert found[MONITOR].sources[MONITOR] == "clear" and found[MONITOR].foreign > 0
    assert found[MONITOR].incidents == () and found[MONITOR].matches == ()


class Stubborn(Collector):
    """A broken twin: it goes on with a question whose subject changed."""

    def kinds(self) -> tuple[OutboundCallKind, ...]:
        return tuple(kind._replace(stale=lambda _planned, _ticket: False) for kind in super().kinds())


async def question_of_a_former_cycle(database: str, collector: type[Collector]) -> None:
    """A question that the page did not answer is dropped when the cycle ends; the next cycle asks its own."""
    async with sources_bench(database, collector=collector) as bench:
        await bench.map(ACME, d1="ACME-WS-014")

        def away(_request: httpx.Request) -> None:
            raise httpx.ConnectError("away")

        bench.network.before = away
        await bench.open_ticket("t-1")
        await linked(bench, "t-1")
        await bench.until_calls("unknown", "unknown")
        await bench.desk.say("t-1", Draft(data=Resolved(technician="tess"), cycle=1))
        asked = len(bench.network.paths)
        bench.ask_again()
        await bench.until_calls("superseded", "superseded")
        assert len(bench.network.paths) == asked


CHECKS: Mapping[str, Any] = {"former cycle": (question_of_a_former_cycle, Stubborn)}


@pytest.mark.parametrize("name", CHECKS)
async def test_the_collector_passes(database: str, name: str) -> None:
    await CHECKS[name][0](database, Collector)


@pytest.mark.parametrize("name", CHECKS)
async def test_its_broken_twin_fails(database: str, name: str) -> None:
    check, twin = CHECKS[name]
    with pytest.raises(AssertionError):
        await check(database, twin)
