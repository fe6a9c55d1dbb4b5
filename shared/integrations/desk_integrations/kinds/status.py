"""The status port: components and incidents of a vendor's status page, as read now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from desk_integrations.outcomes import Missing, Outcome
from desk_integrations.port import Port

IncidentState = Literal["investigating", "identified", "monitoring", "resolved", "scheduled", "unknown"]
Impact = Literal["none", "minor", "major", "critical", "maintenance", "unknown"]
ComponentState = Literal["operational", "degraded", "partial-outage", "outage", "maintenance", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCapabilities:
    """The abilities of a page, as data.

    `unavailable` lists what the page does not tell. It never counts as clear. `resolution` is how the page reports that
    an incident ended: `listed` among its newest incidents for a while, or `never`, so that it only vanishes.
    """

    unavailable: tuple[Literal["components", "maintenances", "updates"], ...]
    resolution: Literal["listed", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """One message about an incident. `status` is the page's word for `state`; `edited_at` is when it last changed."""

    external: str
    state: IncidentState
    status: str
    text: str = ""
    at: datetime | None = None
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusIncident:
    """An incident or a maintenance as the page has it now; updates oldest first.

    `status` is the page's word for `state`, `components` the names of the components that it names, often none. Times
    are the vendor's. A maintenance has the state `scheduled` until it begins, and `starts_at` and `ends_at` as planned.
    """

    external: str
    title: str
    state: IncidentState
    status: str
    impact: Impact = "unknown"
    started_at: datetime | None = None
    updated_at: datetime | None = None
    resolved_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    url: str = ""
    components: tuple[str, ...] = ()
    updates: tuple[StatusUpdate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReading:
    """A whole document of the page.

    `incidents` are those that the page lists as open, `ended` those that it still lists as resolved. `missing` names
    what the page did not answer or that could not be read: an incident that is absent may be among it.
    """

    incidents: tuple[StatusIncident, ...] = ()
    maintenances: tuple[StatusIncident, ...] = ()
    ended: tuple[StatusIncident, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def names_every_incident(self) -> bool:
        """Whether an incident that is not in this reading is not on the page."""
        return all(one.part != "incidents" for one in self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusComponent:
    """A part of the vendor's service; `group` is the name of the group that it belongs to."""

    external: str
    name: str
    state: ComponentState
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusComponents:
    """All components of the page, without its groups."""

    components: tuple[StatusComponent, ...]
    missing: tuple[Missing, ...] = ()


class Status(Port, Protocol):
    """One status page. It is the same for every client. No method raises; each ends by its deadline."""

    @property
    def capabilities(self) -> StatusCapabilities: ...

    async def components(self) -> Outcome[StatusComponents]:
        """The components as they are now."""
        ...

    async def incidents(self) -> Outcome[StatusReading]:
        """The incidents as they are now. `Empty` if the page was read whole and lists none."""
        ...
