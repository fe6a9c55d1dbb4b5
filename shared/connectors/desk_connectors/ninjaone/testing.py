"""For tests with NinjaOne: recorded bodies with invented values, and a client whose vendor is played."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx

from desk_connectors.http.caller import VendorHttp
from desk_connectors.ninjaone.client import NinjaOne
from desk_connectors.ninjaone.settings import NinjaOneSettings
from desk_connectors.testing import FakeClock

ADDRESS = "https://eu.ninjarmm.com"
SETTINGS = NinjaOneSettings(instance="ninja-main", address=ADDRESS, page_size=10)
NOW = 1_768_485_600.0
"""2026-01-15T14:00:00Z, the start of `FakeClock`."""


def device(number: int, **changes: object) -> dict[str, Any]:
    """A device in detail, as a capture has it: more fields than the vendor's specification names."""
    return {
        "id": number,
        "uid": f"0d2c7a1e-3f44-4b57-9a54-{number:012d}",
        "organizationId": 42,
        "locationId": 91,
        "nodeClass": "WINDOWS_WORKSTATION",
        "nodeRoleId": 1001,
        "policyId": 77,
        "approvalStatus": "APPROVED",
        "offline": False,
        "displayName": f"BRX-WS-{number:03d}",
        "systemName": f"BRX-WS-{number:03d}",
        "dnsName": f"BRX-WS-{number:03d}.brixton.local",
        "netbiosName": None,
        "created": 1712131201.512,
        "lastContact": NOW - 60.799,
        "lastUpdate": NOW - 6000.0,
        "tags": [],
        "ipAddresses": ["10.4.2.61"],
        "macAddresses": ["02:00:5E:10:00:22"],
        "publicIP": "203.0.113.77",
        "os": {"name": "Windows 11 Professional Edition", "lastBootTime": NOW - 86400.0, "needsReboot": False},
        "system": {"name": f"BRX-WS-{number:03d}", "serialNumber": f"EX{number:05d}", "domain": "BRIXTON"},
        "lastLoggedInUser": "BRIXTON\\a.khan",
        "deviceType": "AgentDevice",
        **changes,
    }


def activity(number: int, at: float, **changes: object) -> dict[str, Any]:
    """One row of the activity log of device 5127."""
    return {
        "id": number,
        "activityTime": at,
        "deviceId": 5127,
        "severity": "NONE",
        "priority": "NONE",
        "seriesUid": f"e0c0b7b4-5d5d-4d77-9a54-{number:012d}",
        "activityType": "SYSTEM",
        "statusCode": "SOFTWARE_ADDED",
        "status": "Software added",
        "activityResult": "SUCCESS",
        "sourceName": None,
        "subject": "7-Zip 24.09",
        "message": "Software '7-Zip 24.09' installed",
        "type": "System",
        "data": {},
        **changes,
    }


def os_patch(number: int, at: float, **changes: object) -> dict[str, Any]:
    return {
        "id": f"5a0d7d0e-94c5-4d0a-8f7b-{number:012d}",
        "name": f"2026-01 Cumulative Update for Windows 11 23H2 (KB50990{number:02d})",
        "severity": "CRITICAL",
        "status": "INSTALLED",
        "type": "SECURITY_UPDATES",
        "installedAt": at,
        "kbNumber": f"KB50990{number:02d}",
        **changes,
    }


def alert(number: int, device_id: int, **changes: object) -> dict[str, Any]:
    return {
        "uid": f"7a1c55f0-63a2-4a77-a0f1-{number:012d}",
        "deviceId": device_id,
        "message": "Disk free space on C: below 5 %",
        "createTime": NOW - 3600.0,
        "updateTime": NOW - 3600.0,
        "sourceType": "CONDITION_AGENT_DISK_FREE_SPACE",
        "sourceName": "Disk space",
        "subject": "Disk space",
        "severity": "MAJOR",
        "priority": "HIGH",
        **changes,
    }


class FixedTokens:
    """Tokens `token-1`, `token-2` ...: the next one for every refused token."""

    def __init__(self) -> None:
        self.number = 1

    async def current(self) -> str:
        return f"token-{self.number}"

    async def renewed(self, refused: str) -> str:
        if refused == f"token-{self.number}":
            self.number += 1
        return f"token-{self.number}"


class Tenant:
    """Answers by path and keeps every request. A list of answers of type Response is played in order."""

    def __init__(self, routes: dict[str, Any]) -> None:
        self.routes = routes
        self.asked: list[httpx.Request] = []
        self.clock = FakeClock()
        self.tokens = FixedTokens()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.routes.get(request.url.path, httpx.Response(404, json={"resultCode": "NOT_FOUND"}))
        if isinstance(answer, list) and answer and isinstance(answer[0], httpx.Response):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return httpx.Response(200, json=answer)

    def http(self, settings: NinjaOneSettings = SETTINGS) -> VendorHttp:
        return VendorHttp("ninjaone", settings.limits, self.clock, httpx.MockTransport(self))

    def client(self, **changes: Any) -> NinjaOne:
        settings = replace(SETTINGS, **changes)
        return NinjaOne(settings, self.http(settings), self.tokens)

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query of every request so far."""
        return [{name: values[0] for name, values in parse_qs(_query(request)).items()} for request in self.asked]


def _query(request: httpx.Request) -> str:
    query: bytes = request.url.query
    return query.decode()
