"""Activities, which are also the bodies of webhooks, and open alerts."""

from __future__ import annotations

from desk_connectors.ninjaone.records.device import Device
from desk_connectors.ninjaone.records.reading import Number, Record


class Activity(Record, frozen=True, kw_only=True):
    """One entry of the activity log. `status_code` has some 700 values; times are epoch seconds.

    A raised alert is `CONDITION` with `TRIGGERED`, a cleared one `CONDITION` with `RESET`; both carry the alert's `uid`
    as `series_uid`. `device` is filled in webhooks that were set up with that expansion.
    """

    id: Number
    activity_time: float
    device_id: int | None = None
    severity: str = ""
    priority: str = ""
    series_uid: str = ""
    activity_type: str = ""
    status_code: str = ""
    status: str = ""
    activity_result: str = ""
    source_name: str = ""
    subject: str = ""
    message: str = ""
    device: Device | None = None


class Alert(Record, frozen=True, kw_only=True):
    """An open alert; times are epoch seconds."""

    uid: str
    device_id: int
    message: str = ""
    create_time: float | None = None
    update_time: float | None = None
    source_type: str = ""
    source_name: str = ""
    subject: str = ""
    severity: str = ""
    priority: str = ""
    condition_name: str = ""
