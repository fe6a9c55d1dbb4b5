"""Webhooks of the vendor: one activity per call, authenticated by a header of our choice (the vendor signs nothing)."""

from __future__ import annotations

import msgspec

from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.ninjaone.records.activity import Activity
from desk_connectors.ninjaone.records.reading import read
from desk_connectors.reading import UNREADABLE, without_nulls

LONGEST_BODY = 256 * 1024


class WebhookInvalid(ValueError):
    """The body is no activity. `reason` is `too-long`, `not-json` or the field that cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"webhook refused: {reason}")
        self.reason = reason


def parse_webhook(body: bytes) -> Activity:
    """The activity of a webhook whose header was checked. Raises `WebhookInvalid`."""
    if len(body) > LONGEST_BODY:
        raise WebhookInvalid("too-long")
    try:
        plain = msgspec.json.decode(body)
    except UNREADABLE as error:
        raise WebhookInvalid("not-json") from error
    try:
        return read(Activity, without_nulls(plain))
    except VendorAnswerInvalid as invalid:
        raise WebhookInvalid(invalid.field) from invalid
