"""The monitoring port: state of a device, open alerts, and the devices that are connected to a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from desk_integrations.outcomes import Missing, Outcome, WebhookIgnored, WebhookRefused
from desk_integrations.port import Port

Reachability = Literal["online", "offline", "unreachable", "unknown"]
Entity = Literal["device", "interface", "network", "service", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringCapabilities:
    """The abilities of a vendor, as data.

    `alerts` lists the ways in which alerts arrive. `dependents` is how the vendor relates devices: `direction`, or only
    that they are `connected`, so that a dependent may be upstream. `unavailable` lists what the vendor does not watch;
    it never counts as clear.
    """

    alerts: tuple[Literal["webhook", "poll"], ...]
    dependents: Literal["direction", "connected"]
    unavailable: tuple[Literal["services", "dependents", "history"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """A device as it is monitored now. `external` is the vendor's id, `status` the vendor's word for `state`.

    `since` is when the vendor last saw the device online, None if it did not say. `url` leads to the vendor's console.
    """

    external: str
    name: str
    state: Reachability
    status: str
    since: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringAlert:
    """One state of an alert, source of `alert-observed`. `alert` is the same id when it fires and when it clears.

    `external` is the vendor's id of the entity. `sequence` identifies a repeat; it is empty for polled alerts. `at` is
    by the vendor's clock, `what` its words (free text, to be sealed).
    """

    alert: str
    state: Literal["firing", "cleared"]
    at: datetime
    entity: Entity
    external: str
    severity: str = ""
    what: str = ""
    url: str = ""
    sequence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringAlerts:
    """Open alerts. `foreign` counts dropped rows of other clients that the vendor answered."""

    alerts: tuple[MonitoringAlert, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependents:
    """The devices of the same client that are connected to a device, with their state."""

    devices: tuple[DeviceState, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0


class Monitoring(Port, Protocol):
    """One monitoring instance. Clients and devices are the desk's ids. No method raises; each ends by its deadline."""

    @property
    def capabilities(self) -> MonitoringCapabilities: ...

    async def state(self, client: str, device: str) -> Outcome[DeviceState]:
        """The state of the client's device."""
        ...

    async def alerts(
        self, client: str, *, device: str | None = None, since: datetime | None = None
    ) -> Outcome[MonitoringAlerts]:
        """The open alerts of the client, or those of one device and its interfaces; only those raised since a time."""
        ...

    async def dependents(self, client: str, device: str) -> Outcome[Dependents]:
        """The devices that are connected to the client's device."""
        ...

    def alert_of(
        self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> MonitoringAlert | WebhookIgnored | WebhookRefused:
        """The alert of a webhook, after its authenticity was checked. `query` are the parameters of its address."""
        ...
