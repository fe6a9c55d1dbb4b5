"""Resources of the REST API, limited to the fields that a service desk needs. Times are UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

VENDOR = "pagerduty"
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Status = Literal["triggered", "acknowledged", "resolved"]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a resource. Unknown fields are ignored."""


class Reference(Record, frozen=True, kw_only=True):
    """A related resource. `summary` is its name."""

    id: Key
    type: str = ""
    summary: str = ""


class Acknowledgement(Record, frozen=True, kw_only=True):
    at: Time
    acknowledger: Reference


class Assignment(Record, frozen=True, kw_only=True):
    assignee: Reference


class Incident(Record, frozen=True, kw_only=True):
    """An incident. `incident_key` is empty if alerts belong to it; the key is then the `alert_key` of one of them.

    `last_status_change_by` is the person, service or integration that gave it its status.
    """

    id: Key
    status: Status
    service: Reference
    created_at: Time
    incident_key: str = ""
    last_status_change_at: Time | None = None
    last_status_change_by: Reference | None = None
    html_url: str = ""
    acknowledgements: tuple[Acknowledgement, ...] = ()
    assignments: tuple[Assignment, ...] = ()


class Alert(Record, frozen=True, kw_only=True):
    """An alert of an incident. `alert_key` is the dedup key of the event that triggered it."""

    id: Key
    alert_key: str = ""


class Notified(Record, frozen=True, kw_only=True):
    """An attempt to reach a person: `type` such as `sms`, `status` such as `success`. Its address is not read."""

    type: str = ""
    status: str = ""


class Channel(Record, frozen=True, kw_only=True):
    notification: Notified | None = None


class LogEntry(Record, frozen=True, kw_only=True):
    """An entry of an incident's log. `user` is the person notified by a `notify_log_entry`."""

    id: Key
    type: str
    created_at: Time
    channel: Channel | None = None
    user: Reference | None = None
