"""Auvik passes the suite of monitoring adapters, on its simulator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, Literal

import httpx
import pytest

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.faults import answers, edits
from desk_integrations.conformance.harness import Drift
from desk_integrations.conformance.monitoring import MonitoringConformance, MonitoringHarness
from desk_integrations.conformance.monitoring.harness import ACME, BRIXTON, DEVICES, EMPTY, MonitoringPaths
from desk_integrations.instances.document import InstancesError
from desk_integrations.outcomes import Unknown
from desk_simulators.auvik import AuvikSimulator

TENANTS = {ACME: "9001", BRIXTON: "9002", EMPTY: "9003"}
USER, NEW_KEY = "api@examplemsp.example", "simulated-api-key-after-rotation"
STATES = {"firing": (0, "Triggered"), "cleared": (1, "Cleared"), "other": (7, "Paused")}
ALERT = "Device is offline"
Edit = Callable[[Any], Any]


class AuvikHarness(MonitoringHarness):
    """The simulated account, with the suite's world beside its own."""

    vendor = "auvik"
    settings = {"address": "https://auvikapi.eu1.my.auvik.com", "page_size": 5}
    paths = MonitoringPaths(
        device=r"/inventory/device/info/[^/]+$",
        devices="/inventory/device/info$",
        alerts="/alert/history/info$",
    )

    def __init__(self) -> None:
        clock = FakeClock()
        self.simulator = AuvikSimulator(clock=clock.now, mode="manual")
        self._ids: dict[str, str] = {}
        for client, tenant in TENANTS.items():
            attributes = {"domainPrefix": client, "name": client, "tenantType": "client"}
            record = {"type": "tenant", "id": tenant, "attributes": attributes, "relationships": {}}
            self.simulator.state.put("tenant", record)
        for seed in DEVICES:
            linked = [self._ids[key] for key in seed.connected]
            made = self.simulator.network.add_device(TENANTS[seed.client], seed.name, connected=linked)
            self._ids[seed.key] = made["id"]
        super().__init__(self.simulator.transport(), clock)
        self.set_state("fw-1", "offline")
        for key in ("fw-1", "foreign"):
            self.raise_alert(key, ALERT)

    def credentials(self) -> dict[str, str]:
        return {"USERNAME": USER, "API_KEY": "simulated-api-key"}

    def rotate_credentials(self) -> dict[str, str]:
        self.simulator.state.account.keys[USER] = NEW_KEY
        return {"API_KEY": NEW_KEY}

    @property
    def nowhere(self) -> str:
        return "OTAwMSwx"

    def client_id(self, client: str) -> str:
        return TENANTS[client]

    def device_id(self, key: str) -> str:
        return self._ids[key]

    def remove_device(self, key: str) -> None:
        self.simulator.network.remove_device(self._ids[key])

    def set_state(self, key: str, state: Literal["online", "offline", "unreachable"]) -> None:
        self.simulator.network.set_status(self._ids[key], state)

    def connect(self, key: str, other: str) -> None:
        self.simulator.network.connect(self._ids[key], self._ids[other])

    def raise_alert(self, key: str, what: str, *, interface: bool = False) -> str:
        made = self.simulator.network.raise_alert(self._ids[key], what, "critical", interface=interface)
        return str(made["id"])

    def clear_alert(self, alert: str) -> None:
        self.simulator.network.clear_alert(alert)

    def dismiss_alert(self, alert: str) -> None:
        self.simulator.network.dismiss_alert(alert)

    def break_filter(self) -> None:
        self.simulator.faults.change({"api_filter_ignored": 1.0})

    def overlap_pages(self, rows: int) -> None:
        self.simulator.faults.change({"page_overlap": rows})

    def drift(self, kind: Drift) -> Edit:
        def change(document: dict[str, Any]) -> dict[str, Any]:
            first, *rest = document["data"]
            attributes = dict(first["attributes"])
            if kind == "missing":
                del attributes["detectedOn"]
            elif kind == "type":
                attributes["detectedOn"] = 1768485600
            elif kind == "null":
                attributes |= {"description": None, "specificationId": None}
                first = {**first, "links": None}
            else:
                attributes["aiSummary"] = {"text": "x"}
            return {**document, "data": [{**first, "attributes": attributes}, *rest], "jsonapi": {"version": "1.0"}}

        return change

    def webhook(self, kind: Literal["firing", "cleared", "other"], number: int, at: datetime) -> bytes:
        alert = next(
            row
            for row in self.simulator.state.records("alert")
            if row["relationships"]["entity"]["data"]["id"] == self._ids["fw-1"]
        )
        status, word = STATES[kind]
        changes = {
            "alertStatus": status,
            "alertStatusString": word,
            "correlationId": f"MTIz{number}",
            "date": at.isoformat(timespec="milliseconds"),
        }
        return json.dumps({**self.simulator.queue.payload(alert), **changes}).encode()

    @property
    def error_body(self) -> bytes:
        return b'{"errors": [{"title": "Internal error of ACM-FW-01"}]}'


class TestAuvik(MonitoringConformance):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[MonitoringHarness]:
        made = AuvikHarness()
        yield made
        await made.aclose()

    @pytest.mark.parametrize("in_place", [False, True])
    async def test_a_cleared_alert_is_not_open_however_the_vendor_records_it(
        self, harness: AuvikHarness, *, in_place: bool
    ) -> None:
        harness.simulator.state.behaviour.resolves_in_place = in_place
        await self.test_an_alert_that_cleared_or_was_dismissed_is_not_open(harness)

    @pytest.mark.parametrize("link", ["https://evil.example/v1/alert/history/info", "/v1/alert/history/info", 5])
    async def test_the_key_is_never_sent_to_another_origin(self, harness: AuvikHarness, link: object) -> None:
        harness.faults.add(harness.paths.alerts, edits(lambda document: {**document, "links": {"next": link}}))
        assert await harness.adapter().alerts(ACME) == Unknown("schema-drift")
        assert {request.url.host for request in harness.faults.asked} == {"auvikapi.eu1.my.auvik.com"}

    async def test_a_link_that_repeats_ends(self, harness: AuvikHarness) -> None:
        link = "https://auvikapi.eu1.my.auvik.com/v1/alert/history/info?tenants=9001"
        harness.faults.add(harness.paths.alerts, edits(lambda document: {**document, "links": {"next": link}}))
        assert await harness.adapter().alerts(ACME) == Unknown("schema-drift")
        assert harness.faults.count(harness.paths.alerts) == 2

    async def test_an_account_that_moved_is_unavailable_and_its_key_is_not_sent_on(self, harness: AuvikHarness) -> None:
        moved = answers(308, headers={"location": "https://auvikapi.us2.my.auvik.com/v1/alert/history/info"})
        harness.faults.add(harness.paths.alerts, moved)
        assert await harness.adapter().alerts(ACME) == Unknown("unavailable")
        assert {request.url.host for request in harness.faults.asked} == {"auvikapi.eu1.my.auvik.com"}

    @pytest.mark.parametrize(
        ("settings", "named"),
        [
            ({}, "settings.address: "),
            ({"address": "https://evil.example"}, "settings.address: give https and a region's host"),
            ({"address": "https://auvikapi.eu1.my.auvik.com", "page_size": 1}, "settings.page_size: "),
            ({"address": "https://auvikapi.eu1.my.auvik.com", "kind": "simulator"}, "settings.address: a simulator"),
        ],
    )
    async def test_a_setting_that_cannot_be_used_is_named(
        self, harness: AuvikHarness, settings: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(InstancesError) as wrong:
            harness.adapter(settings=settings)
        assert f"instance monitoring-main: {named}" in str(wrong.value)


async def test_the_simulators_own_webhooks_are_alerts() -> None:
    sent: list[httpx.Request] = []

    def receive(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(204)

    harness = AuvikHarness()
    simulator = AuvikSimulator(mode="manual", callback_transport=httpx.MockTransport(receive))
    simulator.state.webhook = "https://desk.example/monitoring/auvik-main?X-Desk-Key=webhook-key-new"
    device = simulator.network.devices()[0]["id"]
    simulator.network.clear_alert(simulator.network.raise_alert(device, ALERT)["id"])
    await simulator.deliver_pending()
    port = harness.adapter()
    outcomes = [port.alert_of(request.headers, dict(request.url.params), request.content) for request in sent]
    assert [(getattr(one, "state", None), getattr(one, "external", None)) for one in outcomes] == [
        ("firing", device),
        ("cleared", device),
    ]
    assert len({getattr(one, "alert", None) for one in outcomes}) == 1
    await harness.aclose()
    await simulator.stop()
