"""The simulated PSA as a configured instance of the desk: its settings, clock and connection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from desk.settings import Settings
from desk_connectors.connectwise import ConnectWise, KeySource
from desk_connectors.http import UntrustedFetch
from desk_intake.psa.connection import Connect, PsaConnection
from desk_integrations.instances.psa_document import PsaInstanceSettings
from desk_integrations.psa.connectwise import ConnectWiseInstance, ConnectWisePsa, vendor_settings
from desk_simulators.connectwise import ConnectWiseSimulator

PSA = "cw"
BASE = "http://desk"
CALLBACK = f"{BASE}/psa/{PSA}/callbacks?recordId="
START = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)


class PsaClock:
    """The PSA's clock, which a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float = 60) -> None:
        self.now += timedelta(seconds=seconds)


def instance(**changes: Any) -> ConnectWiseInstance:
    """The simulated PSA as an instance of the desk."""
    fields: dict[str, Any] = {
        "id": PSA,
        "site": "https://na.myconnectwise.net",
        "api": "https://api-na.myconnectwise.net",
        "company": "examplemsp",
        "public_key": "PUBLICKEY",
        "private_key": "PRIVATEKEY",
        "client_id": "11111111-2222-3333-4444-555555555555",
        "api_member": "DeskAPI",
        "callback_url": BASE,
        "create_board": 1,
        "calls_per_minute": 100_000,
        "burst": 10_000,
        "deadline": 2.0,
        "gone_pause": 0,
        "tiers": {"agreement_types": {"Managed": "gold"}, "default": "bronze"},
        "asset_classes": {"Managed Workstation": "workstation"},
    }
    return ConnectWiseInstance(**{**fields, **changes})


def connect_to(psa: ConnectWiseSimulator) -> Connect:
    """The connection of an instance to the simulator, in process."""

    async def resolve(host_name: str, port: int) -> list[str]:
        return ["93.184.215.14"]

    def connect(config: PsaInstanceSettings, _settings: Settings) -> PsaConnection:
        assert isinstance(config, ConnectWiseInstance)
        found = replace(vendor_settings(config), page_size=200)
        transport = psa.transport()
        keys = KeySource(found, fetch=UntrustedFetch("connectwise", resolve=resolve, inner=transport))
        return PsaConnection(config, ConnectWisePsa(config, ConnectWise(found, transport), keys))

    return connect


class ToDesk(httpx.AsyncBaseTransport):
    """The transport from the PSA to the desk; `inner` is set once the desk exists."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.inner.handle_async_request(request)
