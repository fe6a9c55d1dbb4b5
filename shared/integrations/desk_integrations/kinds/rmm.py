"""The RMM port: devices, candidates for a ticket's asset, changes of a device, alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from desk_integrations.outcomes import Missing, Outcome, WebhookIgnored, WebhookRefused, parts
from desk_integrations.port import Port

ChangeClass = Literal["patch", "install", "reboot", "policy", "gpo", "profile", "script"]
CHANGE_CLASSES: tuple[ChangeClass, ...] = ("patch", "install", "reboot", "policy", "gpo", "profile", "script")
Confidence = Literal["exact", "probable"]
Match = Literal["hostname", "dns-name", "last-user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RmmCapabilities:
    """The abilities of a vendor, as data.

    `unavailable` lists classes of change that the vendor cannot report in full. They are displayed to technicians, and
    never count as clear. `find_by` lists the attributes that a search compares; `alerts` the ways in which alerts
    arrive.
    """

    unavailable: tuple[ChangeClass, ...]
    find_by: tuple[Match, ...]
    alerts: tuple[Literal["webhook", "poll"], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RmmDevice:
    """A device as the RMM has it. `external` is the vendor's id; `last_user` as the vendor writes it.

    `device_class` is the vendor's word, to be mapped to an asset class by policy. `online` is None when not reported.
    """

    external: str
    hostname: str
    dns_name: str = ""
    display_name: str = ""
    device_class: str = ""
    serial: str = ""
    mac_addresses: tuple[str, ...] = ()
    last_user: str = ""
    online: bool | None = None
    last_contact: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RmmDevices:
    """All devices of a client. `foreign` counts dropped rows of other clients that the vendor answered."""

    devices: tuple[RmmDevice, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetCandidate:
    """A device that a ticket may be about; `why` lists the attributes that matched, the strongest first."""

    device: RmmDevice
    confidence: Confidence
    why: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetCandidates:
    """Source of `asset-candidates-collected`: exact candidates first. Never a link; a person or a rule chooses."""

    candidates: tuple[AssetCandidate, ...]
    missing: tuple[Missing, ...] = ()

    @property
    def unreported(self) -> tuple[str, ...]:
        """The parts of the search that the fact names as unavailable."""
        return parts(self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class RmmChange:
    """One change: `at` by the vendor's clock, `what` as the vendor words it (free text, to be sealed)."""

    at: datetime
    kind: ChangeClass
    what: str
    external: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanges:
    """Source of `device-changes-collected`: all changes found in the window, oldest first.

    The window is the one asked for; changes up to ten minutes beyond it are kept, because the clocks of device, vendor
    and desk may differ by that much. `unavailable` are the classes that this vendor cannot report; `missing` are the
    parts that it could have reported and did not this time. Both are never read as clear.
    """

    device: str
    window_from: datetime
    window_to: datetime
    changes: tuple[RmmChange, ...]
    unavailable: tuple[ChangeClass, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0

    @property
    def unreported(self) -> tuple[str, ...]:
        """The classes that the fact names as unavailable: not reported by this vendor, or not in full this time."""
        return tuple(dict.fromkeys((*self.unavailable, *parts(self.missing))))


@dataclass(frozen=True, slots=True, kw_only=True)
class RmmAlert:
    """One state of an alert, source of `alert-observed`. `alert` is the same id when it fires and when it clears.

    `sequence` orders the states of one alert and identifies a repeat; it is empty for alerts that were polled.
    """

    alert: str
    state: Literal["firing", "cleared"]
    at: datetime
    external: str
    severity: str = ""
    what: str = ""
    sequence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RmmAlerts:
    """The open alerts of a client."""

    alerts: tuple[RmmAlert, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0


class Rmm(Port, Protocol):
    """One RMM instance. Clients and devices are the desk's ids. No method raises; each ends by its deadline."""

    @property
    def capabilities(self) -> RmmCapabilities: ...

    async def devices(self, client: str) -> Outcome[RmmDevices]:
        """Every device of the client."""
        ...

    async def find(
        self, client: str, *, hostname: str | None = None, upn: str | None = None
    ) -> Outcome[AssetCandidates]:
        """Devices of the client that carry this name, or that this user was the last to log on to."""
        ...

    async def changes(
        self, client: str, device: str, window_from: datetime, window_to: datetime
    ) -> Outcome[DeviceChanges]:
        """Changes of the client's device in a window of aware times."""
        ...

    async def alerts(self, client: str) -> Outcome[RmmAlerts]:
        """The alerts that are open now."""
        ...

    def alert_of(self, headers: Mapping[str, str], body: bytes) -> RmmAlert | WebhookIgnored | WebhookRefused:
        """The alert of a webhook, after its authenticity was checked."""
        ...
