"""Records of the public API v2, limited to the fields that a service desk needs. Times carry the page's own offset."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from desk_connectors.reading import Rows, read_record, read_rows

VENDOR = "statuspage"
SYSTEM_METADATA = "_system_metadata:"
"""Beginning of the name of technical incidents, which pages hide from their visitors."""

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the vendor. Unknown fields are ignored."""


class Page(Record, frozen=True, kw_only=True):
    """The page itself. `updated_at` changes with every record of it."""

    id: str
    name: str = ""
    url: str = ""
    time_zone: str = ""
    updated_at: Time | None = None


class Status(Record, frozen=True, kw_only=True):
    """The indicator of the page: none, minor, major, critical, maintenance. Open incidents may leave it at none."""

    indicator: str
    description: str = ""


class Component(Record, frozen=True, kw_only=True):
    """A part of the vendor's service. `components` are the keys of the members of a group."""

    id: Key
    name: str = ""
    status: str = ""
    group_id: str | None = None
    group: bool = False
    components: tuple[str, ...] = ()
    updated_at: Time | None = None


class IncidentUpdate(Record, frozen=True, kw_only=True):
    """One message about an incident. `body` is plain text; `display_at` the time that the page prints."""

    id: Key
    status: str
    body: str = ""
    created_at: Time | None = None
    updated_at: Time | None = None
    display_at: Time | None = None


class Incident(Record, frozen=True, kw_only=True):
    """An incident, or a maintenance (`scheduled_for`, `scheduled_until`). Updates are the newest first."""

    id: Key
    name: str = ""
    status: str
    impact: str = ""
    created_at: Time | None = None
    started_at: Time | None = None
    updated_at: Time | None = None
    resolved_at: Time | None = None
    scheduled_for: Time | None = None
    scheduled_until: Time | None = None
    shortlink: str = ""
    incident_updates: tuple[IncidentUpdate, ...] = ()
    components: tuple[Component, ...] = ()


class Summary(Record, frozen=True, kw_only=True):
    """`summary.json`: the page with its components, open incidents, and maintenances that are not completed."""

    page: Page
    status: Status
    components: Rows[Component]
    incidents: Rows[Incident]
    maintenances: Rows[Incident]


class _Document(Record, frozen=True, kw_only=True):
    """The frame of every document. A document without it is another product's, or no answer of a page at all.

    Pages of other products omit lists that are empty, but never the list of incidents.
    """

    page: Page
    status: Status
    incidents: list[object]
    components: list[object] = msgspec.field(default_factory=list)
    scheduled_maintenances: list[object] = msgspec.field(default_factory=list)


class _History(Record, frozen=True, kw_only=True):
    page: Page
    incidents: list[object]


def read_summary(plain: object) -> Summary:
    """The summary in decoded JSON without nulls. Raises `VendorAnswerInvalid` for anything but a whole document."""
    found = read_record(VENDOR, _Document, plain)
    return Summary(
        page=found.page,
        status=found.status,
        components=read_rows(VENDOR, Component, found.components),
        incidents=_visible(read_rows(VENDOR, Incident, found.incidents)),
        maintenances=_visible(read_rows(VENDOR, Incident, found.scheduled_maintenances)),
    )


def read_history(plain: object) -> Rows[Incident]:
    """The incidents of `incidents.json`: the 50 newest, resolved ones included."""
    return _visible(read_rows(VENDOR, Incident, read_record(VENDOR, _History, plain).incidents))


def _visible(rows: Rows[Incident]) -> Rows[Incident]:
    kept = tuple(row for row in rows.records if not row.name.startswith(SYSTEM_METADATA))
    return Rows(kept, rows.unreadable)
