"""The world that the suite plays in, and the controls that it needs of a vendor's simulator or sandbox."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Literal

import httpx

from desk_connectors.testing import START, FakeClock
from desk_integrations.conformance.harness import HEADER, Ask, SignedInHarness
from desk_integrations.kinds.rmm import ChangeClass, Rmm

ACME, BRIXTON, EMPTY, UNMAPPED = "acme", "brixton", "empty-client", "nimbus"
WINDOW_FROM, WINDOW_TO = START - timedelta(days=14), START
NOWHERE = "987654321"
"""A well-formed id of no device."""
ASKS: dict[str, Callable[[str, Rmm], Awaitable[Any]]] = {
    "devices": lambda client, rmm: rmm.devices(client),
    "find": lambda client, rmm: rmm.find(client, hostname="ACM-WS-001", upn="a.khan@acme.example"),
    "changes": lambda client, rmm: rmm.changes(client, "d-1", WINDOW_FROM, WINDOW_TO),
    "alerts": lambda client, rmm: rmm.alerts(client),
}
"""One question of every kind that the port takes."""


@dataclass(frozen=True, slots=True)
class DeviceSeed:
    """A device of the world; `user` is written as the vendor writes it by the harness."""

    key: str
    client: str
    hostname: str
    user: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSeed:
    device: str
    kind: ChangeClass
    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class RmmPaths:
    """Patterns of the vendor's paths: sign-in, list of devices, search, one device, patches, activity log, alerts."""

    token: str
    devices: str
    search: str
    device: str
    patches: str
    log: str
    alerts: str


DEVICES = (
    DeviceSeed("ws-1", ACME, "ACM-WS-001", "a.khan"),
    DeviceSeed("ws-2", ACME, "ACM-WS-002", "j.doe"),
    DeviceSeed("kiosk-1", ACME, "ACM-KIOSK"),
    DeviceSeed("kiosk-2", ACME, "ACM-KIOSK", "k.lee"),
    DeviceSeed("odd", ACME, "Lager & Büro #1?"),
    *(DeviceSeed(f"pc-{number}", ACME, f"ACM-PC-{number:03d}") for number in range(1, 23)),
    DeviceSeed("foreign", BRIXTON, "BRX-WS-001", "a.khan"),
    DeviceSeed("namesake", BRIXTON, "ACM-WS-001", "b.ray"),
)
OWN = tuple(seed for seed in DEVICES if seed.client == ACME)
CHANGES = (
    ChangeSeed("ws-1", "patch", START - timedelta(days=30), "Patch of last month"),
    ChangeSeed("ws-1", "patch", START - timedelta(days=3), "Cumulative update KB5099001"),
    ChangeSeed("ws-1", "install", START - timedelta(days=2), "Editor 24.09 installed"),
    ChangeSeed("ws-1", "reboot", START - timedelta(days=1), "Rebooted"),
    ChangeSeed("ws-1", "script", START - timedelta(hours=1), "Clean up disk"),
    ChangeSeed("foreign", "install", START - timedelta(days=2), "Secret tool of another client"),
)


class RmmHarness(SignedInHarness[Rmm]):
    """One vendor with the world above in it, and adapters over it. Time moves only by `clock`."""

    kind = "rmm"
    refusals = 1
    paths: ClassVar[RmmPaths]

    def __init__(self, transport: httpx.AsyncBaseTransport, clock: FakeClock) -> None:
        super().__init__(transport, clock)
        self.map()

    def asks(self) -> Mapping[str, Ask[Rmm]]:
        return {name: Ask(partial(put, ACME), self.first_path(name)) for name, put in ASKS.items()}

    def first_path(self, name: str) -> str:
        """The path that the question needs in any case."""
        paths = self.paths
        return {"devices": paths.devices, "find": paths.search, "changes": paths.device, "alerts": paths.alerts}[name]

    @property
    def sign_in_path(self) -> str:
        return self.paths.token

    @property
    def personal(self) -> tuple[str, ...]:
        return ("khan", "ACM-", "acme.example", "KB5099001")

    def map(self) -> None:
        """The mappings that a person confirmed: clients, two devices, and some that lead astray."""
        self.identity.clients = {client: self.client_id(client) for client in (ACME, BRIXTON, EMPTY)}
        mapped = {"d-1": "ws-1", "d-2": "ws-2", "d-foreign": "foreign"}
        self.identity.devices = {(ACME, device): self.device_id(key) for device, key in mapped.items()}
        self.identity.devices |= {
            (ACME, "d-gone"): NOWHERE,
            (ACME, "d-odd"): "../../users?x=1",
            (ACME, "d-long"): "9" * 5000,
        }

    def signed(self, body: bytes, secret: str) -> dict[str, str]:
        """The headers of a webhook with this body: the secret in HEADER. Vendors that sign bodies override it."""
        return {HEADER.lower(): secret, "content-type": "application/json"}

    @abstractmethod
    def client_id(self, client: str) -> str:
        """The vendor's id of ACME, BRIXTON or EMPTY."""

    @abstractmethod
    def device_id(self, key: str) -> str:
        """The vendor's id of a seeded device."""

    @abstractmethod
    def remove_device(self, key: str) -> None: ...

    @abstractmethod
    def add_change(self, change: ChangeSeed) -> None: ...

    @abstractmethod
    def expire_tokens(self) -> None:
        """Every token issued so far ends at the vendor."""

    @abstractmethod
    def webhook(self, kind: Literal["firing", "cleared", "other"], number: int, at: datetime) -> bytes:
        """The body of a webhook about one alert of device `ws-1`. `number` orders the webhooks of the vendor."""
