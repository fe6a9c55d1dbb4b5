"""The adapter reaches the simulator over real HTTP, as a desk that tries the product does."""

from __future__ import annotations

from datetime import timedelta

from desk_connectors.http import SystemClock
from desk_integrations.credential_state import LocalCredentialState
from desk_integrations.http.budget import LocalBudgetRows
from desk_integrations.identity import FixedIdentityMap
from desk_integrations.instances import parse
from desk_integrations.kinds.rmm import AssetCandidates, DeviceChanges, Reachable, RmmDevices
from desk_integrations.runtime import IntegrationRuntime, connect_rmm
from desk_simulators.ninjaone import NinjaOneSimulator

ENV = {"NINJA_ID": "deskstream-read", "NINJA_SECRET": "simulated-read-secret"}


async def test_devices_candidates_and_changes_come_over_the_network() -> None:
    clock, simulator = SystemClock(), NinjaOneSimulator(mode="manual")
    device = next(row for row in simulator.state.table("device") if row.get("lastLoggedInUser"))
    identity = FixedIdentityMap({"client": str(device["organizationId"])}, {("client", "d"): str(device["id"])})
    async with simulator.serve() as url:
        instance = {
            "id": "ninja-demo",
            "kind": "rmm",
            "vendor": "ninjaone",
            "credentials": {"client_id": "env:NINJA_ID", "client_secret": "env:NINJA_SECRET"},
            "calls_per_minute": 6000.0,
            "burst": 1000,
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
        rmm = connect_rmm(parse({"instances": [instance]}).instances[0], runtime)
        assert await rmm.check() == Reachable()
        devices = await rmm.devices("client")
        assert isinstance(devices, RmmDevices) and devices.foreign == 0
        assert str(device["id"]) in {one.external for one in devices.devices}
        found = await rmm.find("client", hostname=device["systemName"])
        assert isinstance(found, AssetCandidates) and found.candidates[0].confidence == "exact"
        now = clock.now()
        changes = await rmm.changes("client", "d", now - timedelta(days=365), now)
        assert isinstance(changes, DeviceChanges) and changes.missing == ()
        assert "install" in {change.kind for change in changes.changes}
        await rmm.aclose()
