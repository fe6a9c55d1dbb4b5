"""The world that the suite plays in, and the controls that it needs of a vendor's simulator or sandbox."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

import httpx

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.harness import HEADER, SECRETS, Ask, SignedInHarness
from desk_integrations.kinds.monitoring import Monitoring, MonitoringAlert
from desk_integrations.outcomes import WebhookIgnored, WebhookRefused

ACME, BRIXTON, EMPTY, UNMAPPED = "acme", "brixton", "empty-client", "nimbus"


@dataclass(frozen=True, slots=True)
class WatchedSeed:
    """A device of the world, connected to others by their keys."""

    key: str
    client: str
    name: str
    connected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonitoringPaths:
    """Patterns of the vendor's paths: one device, the list of devices, the list of alerts."""

    device: str
    devices: str
    alerts: str


DEVICES = (
    WatchedSeed("sw-1", ACME, "ACM-SW-01"),
    WatchedSeed("fw-1", ACME, "ACM-FW-01", ("sw-1",)),
    WatchedSeed("ap-1", ACME, "ACM-AP-01", ("sw-1",)),
    *(WatchedSeed(f"pc-{number}", ACME, f"ACM-PC-{number:03d}", ("sw-1",)) for number in range(1, 15)),
    WatchedSeed("alone", ACME, "ACM-CAM-01"),
    WatchedSeed("foreign", BRIXTON, "BRX-SW-01"),
)
NEIGHBOURS = tuple(seed.name for seed in DEVICES if "sw-1" in seed.connected)
"""The names of the devices that are connected to `sw-1`: three pages of devices."""


class MonitoringHarness(SignedInHarness[Monitoring]):
    """One vendor with the world above in it. `fw-1` is offline and has an open alert; so has `foreign`."""

    kind = "monitoring"
    paths: ClassVar[MonitoringPaths]

    def __init__(self, transport: httpx.AsyncBaseTransport, clock: FakeClock) -> None:
        super().__init__(transport, clock)
        self.identity.clients = {client: self.client_id(client) for client in (ACME, BRIXTON, EMPTY)}
        mapped = {f"d-{key}": key for key in ("sw-1", "fw-1", "ap-1", "alone", "foreign")}
        self.identity.devices = {(ACME, device): self.device_id(key) for device, key in mapped.items()}
        self.identity.devices |= {
            (ACME, "d-gone"): self.nowhere,
            (ACME, "d-odd"): "../../tenants?x=1",
            (ACME, "d-long"): "9" * 5000,
        }

    def asks(self) -> Mapping[str, Ask[Monitoring]]:
        return {
            "alerts": Ask(lambda port: port.alerts(ACME), self.paths.alerts),
            "state": Ask(lambda port: port.state(ACME, "d-fw-1"), self.paths.device),
            "dependents": Ask(lambda port: port.dependents(ACME, "d-sw-1"), self.paths.device),
        }

    @property
    def personal(self) -> tuple[str, ...]:
        return ("ACM-", "BRX-", "does not answer to A. Khan")

    def delivered(
        self, port: Monitoring, body: bytes, secret: str = SECRETS[0]
    ) -> MonitoringAlert | WebhookIgnored | WebhookRefused:
        """The outcome of a webhook with this secret, which is a parameter of the address. Vendors that send a header
        override it."""
        return port.alert_of({"content-type": "application/json"}, {HEADER: secret}, body)

    @property
    @abstractmethod
    def nowhere(self) -> str:
        """A well-formed id of no device."""

    @abstractmethod
    def client_id(self, client: str) -> str:
        """The vendor's id of ACME, BRIXTON or EMPTY."""

    @abstractmethod
    def device_id(self, key: str) -> str:
        """The vendor's id of a seeded device."""

    @abstractmethod
    def remove_device(self, key: str) -> None: ...

    @abstractmethod
    def set_state(self, key: str, state: Literal["online", "offline", "unreachable"]) -> None: ...

    @abstractmethod
    def connect(self, key: str, other: str) -> None:
        """The vendor names the two as connected, also across clients."""

    @abstractmethod
    def raise_alert(self, key: str, what: str, *, interface: bool = False) -> str:
        """A new alert about the device, or about one of its interfaces; answers the vendor's id of the record."""

    @abstractmethod
    def clear_alert(self, alert: str) -> None: ...

    @abstractmethod
    def dismiss_alert(self, alert: str) -> None:
        """A person took it off the vendor's list."""

    @abstractmethod
    def webhook(self, kind: Literal["firing", "cleared", "other"], number: int, at: datetime) -> bytes:
        """The body of a webhook about one alert of `fw-1`. `number` identifies the webhook."""
