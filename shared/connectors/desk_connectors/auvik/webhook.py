"""Webhooks of the vendor: one alert per call, with a fixed payload and no signature."""

from __future__ import annotations

import msgspec

from desk_connectors.auvik.records import VENDOR, Key, Record, Time
from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.reading import decoded, read_record

LONGEST_BODY = 256 * 1024
TRIGGERED, CLEARED = 0, 1


class WebhookInvalid(ValueError):
    """The body is no notice. `reason` is `too-long`, or the field that cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"webhook refused: {reason}")
        self.reason = reason


class Notice(Record, frozen=True, kw_only=True):
    """An alert was triggered or cleared (`alert_status` 0 or 1).

    `alert_id` is the id of its definition; `correlation_id` that of this record of the alert history. `date` is when it
    was sent.
    """

    alert_id: Key
    correlation_id: Key
    alert_name: str = ""
    alert_description: str = ""
    alert_severity_string: str = ""
    alert_status: int
    company_id: Key
    entity_id: Key
    entity_type: str = ""
    date: Time
    link: str = msgspec.field(default="")


def parse_webhook(body: bytes) -> Notice:
    """The notice of a webhook whose secret was checked. Raises `WebhookInvalid`."""
    if len(body) > LONGEST_BODY:
        raise WebhookInvalid("too-long")
    try:
        return read_record(VENDOR, Notice, decoded(VENDOR, "webhook", body))
    except VendorAnswerInvalid as invalid:
        raise WebhookInvalid(invalid.field) from invalid
