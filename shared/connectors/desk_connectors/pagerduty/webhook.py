"""Webhooks v3: one event per call, signed with the secret of its subscription over the raw body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.pagerduty.records import VENDOR, Key, Record, Reference, Status, Time
from desk_connectors.reading import decoded, read_record

SIGNATURE_HEADER = "X-PagerDuty-Signature"
VERSION = "v1="
LONGEST_BODY = 256 * 1024
"""The vendor drops every webhook that is longer."""
MOST_SIGNATURES = 10


class WebhookInvalid(ValueError):
    """The body is no event. `reason` is `too-long`, or the field that cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"webhook refused: {reason}")
        self.reason = reason


class OutboundIncident(Record, frozen=True, kw_only=True):
    """The incident of an event, as it was when the event occurred."""

    id: Key
    status: Status
    incident_key: str = ""


class OutboundEvent(Record, frozen=True, kw_only=True):
    """`agent` is the person or integration that caused the event. `incident` is None for an event of another type."""

    id: Key
    event_type: str
    occurred_at: Time
    agent: Reference | None = None
    incident: OutboundIncident | None = None


class _Envelope(Record, frozen=True, kw_only=True):
    event: dict[str, object]


def is_signed(signatures: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether one of the signatures, separated by commas, is that of the body under one of the secrets.

    The vendor signs with each secret of a subscription while one is rotated. Compares in constant time.
    """
    given = [one.strip() for one in signatures.split(",")[:MOST_SIGNATURES]]
    expected = [VERSION + hmac.new(one.encode(), body, hashlib.sha256).hexdigest() for one in secrets if one]
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected]
    return any(matches)


def parse_webhook(body: bytes) -> OutboundEvent:
    """The event of a webhook whose signature was checked. Raises `WebhookInvalid`."""
    if len(body) > LONGEST_BODY:
        raise WebhookInvalid("too-long")
    try:
        event = read_record(VENDOR, _Envelope, decoded(VENDOR, "webhook", body)).event
        data = event.get("data")
        of_incident = isinstance(data, dict) and data.get("type") == "incident"
        incident = read_record(VENDOR, OutboundIncident, data) if of_incident else None
        plain = {name: value for name, value in event.items() if name != "incident"}
        read = read_record(VENDOR, OutboundEvent, plain)
    except VendorAnswerInvalid as invalid:
        raise WebhookInvalid(invalid.field) from invalid
    return OutboundEvent(
        id=read.id, event_type=read.event_type, occurred_at=read.occurred_at, agent=read.agent, incident=incident
    )
