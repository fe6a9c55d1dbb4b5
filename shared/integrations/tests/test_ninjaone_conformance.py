"""NinjaOne passes the suite of RMM adapters, on its simulator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, ClassVar, Literal

import pytest

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.rmm import ChangeSeed, DeviceSeed, RmmConformance, RmmHarness, RmmPaths
from desk_integrations.conformance.rmm.harness import ACME, BRIXTON, CHANGES, DEVICES, EMPTY
from desk_simulators.ninjaone import NinjaOneSimulator

ORGANIZATIONS = {ACME: 9001, BRIXTON: 9002, EMPTY: 9003}
CLIENT_ID, SECRET, NEW_SECRET = "deskstream", "simulated-secret", "simulated-secret-after-rotation"
ALERT = "7a1c55f0-63a2-4a77-a0f1-3c0f3d7c9a10"
STATES = {"firing": "TRIGGERED", "cleared": "RESET", "other": "ACKNOWLEDGED"}


class NinjaOneHarness(RmmHarness):
    """The simulated tenant, with the suite's world beside its own."""

    vendor = "ninjaone"
    settings: ClassVar[dict[str, Any]] = {"address": "https://eu.ninjarmm.com", "page_size": 10}
    paths = RmmPaths(
        token="/oauth/token",
        devices="/v2/devices-detailed$",
        search="/v2/devices/search$",
        device=r"/v2/device/\d+$",
        patches="-patch-installs$",
        log="/activities$",
        alerts="/v2/alerts$",
    )

    def __init__(self) -> None:
        clock = FakeClock()
        self.simulator = NinjaOneSimulator(clock=clock.now, mode="manual")
        self._ids: dict[str, int] = {}
        for client, number in ORGANIZATIONS.items():
            self.simulator.state.put("organization", {"id": number, "name": client})
        for seed in DEVICES:
            self._ids[seed.key] = self._device(seed)
        for change in CHANGES:
            self.add_change(change)
        for key in ("ws-1", "foreign"):
            self.simulator.fleet.raise_alert(self._ids[key], "Disk space", "Disk free space on C: below 5 %")
        super().__init__(self.simulator.transport(), clock)

    def _device(self, seed: DeviceSeed) -> int:
        user = f"{seed.client.upper()}\\{seed.user}" if seed.user else None
        organization = ORGANIZATIONS[seed.client]
        record = self.simulator.fleet.add_device(organization, seed.hostname, lastLoggedInUser=user)
        number: int = record["id"]
        return number

    def credentials(self) -> dict[str, str]:
        return {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": SECRET}

    def client_id(self, client: str) -> str:
        return str(ORGANIZATIONS[client])

    def device_id(self, key: str) -> str:
        return str(self._ids[key])

    def remove_device(self, key: str) -> None:
        self.simulator.fleet.remove_device(self._ids[key])

    def add_change(self, change: ChangeSeed) -> None:
        fleet, device, at = self.simulator.fleet, self._ids[change.device], change.at.isoformat()
        if change.kind == "patch":
            fleet.install_os_patch(device, change.what, "KB5099001", at=at)
        elif change.kind == "install":
            fleet.install_software(device, change.what, "24.09", at=at)
        elif change.kind == "reboot":
            fleet.reboot(device, at=at)
        else:
            fleet.run_script(device, change.what, at=at)

    def expire_tokens(self) -> None:
        self.simulator.tokens.revoke_all()

    def rotate_credentials(self) -> dict[str, str]:
        self.simulator.tokens.rotate(CLIENT_ID, NEW_SECRET)
        return {"CLIENT_SECRET": NEW_SECRET}

    def break_filter(self) -> None:
        self.simulator.faults.change({"api_filter_ignored": 1.0})

    def overlap_pages(self, rows: int) -> None:
        self.simulator.faults.change({"page_overlap": rows})

    def drift(self, kind: Literal["extra", "missing", "null", "type"]) -> Callable[[Any], Any]:
        def change(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
            first = dict(rows[0])
            if kind == "missing":
                del first["organizationId"]
            else:
                added: dict[str, dict[str, Any]] = {
                    "extra": {"aiInsights": {"score": 1}, "os": {**first["os"], "channel": "beta"}},
                    "null": {"dnsName": None, "os": None, "macAddresses": None, "lastContact": None},
                    "type": {"organizationId": "organisation-9001"},
                }
                first |= added[kind]
            return [first, *rows[1:]]

        return change

    def webhook(self, kind: Literal["firing", "cleared", "other"], number: int, at: datetime) -> bytes:
        activity = {
            "id": 990_000 + number,
            "activityTime": at.timestamp(),
            "deviceId": self._ids["ws-1"],
            "severity": "MAJOR",
            "priority": "HIGH",
            "seriesUid": ALERT,
            "activityType": "CONDITION",
            "statusCode": STATES[kind],
            "status": STATES[kind].title(),
            "sourceName": "Disk space",
            "subject": "Disk space",
            "userId": None,
            "message": "Disk free space on C: below 5 %",
            "type": "Condition",
            "data": {"message": {"code": "disk_free", "params": {}}},
            "device": {"id": self._ids["ws-1"], "systemName": "ACM-WS-001", "organizationId": ORGANIZATIONS[ACME]},
        }
        return json.dumps(activity).encode()

    @property
    def error_body(self) -> bytes:
        return b'{"resultCode": "FAILURE", "errorMessage": "Internal error of a.khan", "incidentId": "x"}'


class TestNinjaOne(RmmConformance):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[RmmHarness]:
        made = NinjaOneHarness()
        yield made
        await made.aclose()
