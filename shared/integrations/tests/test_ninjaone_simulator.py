"""Adapter and simulator meet: reads over real HTTP, and the webhooks that the simulator sends."""

from __future__ import annotations

from datetime import timedelta

import httpx

from desk_connectors.http import SystemClock
from desk_integrations.http.budget import LocalBudgetRows
from desk_integrations.identity import FixedIdentityMap, IdentityMap
from desk_integrations.instances.credential_state import LocalCredentialState
from desk_integrations.instances.document import parse
from desk_integrations.kinds.rmm import AssetCandidates, DeviceChanges, Rmm, RmmAlert, RmmDevices
from desk_integrations.outcomes import Reachable, WebhookIgnored
from desk_integrations.runtime import IntegrationRuntime, connect_rmm
from desk_simulators.ninjaone import NinjaOneSimulator

ENV = {"NINJA_ID": "deskstream-read", "NINJA_SECRET": "simulated-read-secret", "WEBHOOK_KEY": "webhook-key"}


def adapter(url: str, identity: IdentityMap) -> Rmm:
    """Over the network, under the system's clock."""
    clock = SystemClock()
    instance = {
        "id": "ninja-demo",
        "kind": "rmm",
        "vendor": "ninjaone",
        "credentials": {"client_id": "env:NINJA_ID", "client_secret": "env:NINJA_SECRET"},
        "calls_per_minute": 6000.0,
        "burst": 1000,
        "webhook": {"header": "X-Desk-Key", "secrets": ["env:WEBHOOK_KEY"]},
        "settings": {"address": url, "kind": "simulator"},
    }
    runtime = IntegrationRuntime(
        service="triage",
        identity=lambda _instance: identity,
        budgets=LocalBudgetRows(clock),
        credential_state=LocalCredentialState(clock),
        clock=clock,
        env=ENV,
    )
    return connect_rmm(parse({"instances": [instance]}).instances[0], runtime)


async def test_devices_candidates_and_changes_come_over_the_network() -> None:
    simulator = NinjaOneSimulator(mode="manual")
    device = next(row for row in simulator.state.table("device") if row.get("lastLoggedInUser"))
    identity = FixedIdentityMap({"client": str(device["organizationId"])}, {("client", "d"): str(device["id"])})
    async with simulator.serve() as url:
        rmm = adapter(url, identity)
        assert await rmm.check() == Reachable()
        devices = await rmm.devices("client")
        assert isinstance(devices, RmmDevices) and devices.foreign == 0
        assert str(device["id"]) in {one.external for one in devices.devices}
        found = await rmm.find("client", hostname=device["systemName"])
        assert isinstance(found, AssetCandidates) and found.candidates[0].confidence == "exact"
        now = SystemClock().now()
        changes = await rmm.changes("client", "d", now - timedelta(days=365), now)
        assert isinstance(changes, DeviceChanges) and changes.missing == ()
        assert "install" in {change.kind for change in changes.changes}
        await rmm.aclose()


async def test_webhooks_of_the_simulator_are_alerts() -> None:
    sent: list[httpx.Request] = []

    def receive(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(204)

    simulator = NinjaOneSimulator(mode="manual", callback_transport=httpx.MockTransport(receive))
    webhook = {
        "url": "https://desk.example/triage/integrations/ninja-demo",
        "activities": {"CONDITION": ["*"], "SYSTEM": ["*"]},
        "expand": ["device"],
        "headers": [{"name": "X-Desk-Key", "value": "webhook-key"}],
    }
    async with simulator.client() as administrator:
        assert (await administrator.put("/v2/webhook", json=webhook)).status_code == 204
    number = next(row["id"] for row in simulator.state.table("device") if row.get("lastLoggedInUser"))
    raised = simulator.fleet.raise_alert(number, "Memory", "Memory use above 95 %")
    simulator.fleet.reset_alert(raised["uid"])
    simulator.fleet.reboot(number)
    await simulator.deliver_pending()
    rmm = adapter("http://127.0.0.1:1", FixedIdentityMap({}))
    outcomes = [rmm.alert_of(request.headers, request.content) for request in sent]
    states = [one.state for one in outcomes if isinstance(one, RmmAlert)]
    alerts = {(one.alert, one.external) for one in outcomes if isinstance(one, RmmAlert)}
    assert (states, alerts) == (["firing", "cleared"], {(raised["uid"], str(number))})
    assert outcomes[-1] == WebhookIgnored()
    await rmm.aclose()
