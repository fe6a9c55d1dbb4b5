"""PagerDuty's Events API v2 and REST API v2 in their own terms: client, records, paging, signed webhooks."""

from desk_connectors.pagerduty.client import PagerDuty
from desk_connectors.pagerduty.events import Event, EventPayload, Events, Link
from desk_connectors.pagerduty.records import Incident, LogEntry, Reference
from desk_connectors.pagerduty.session import Session
from desk_connectors.pagerduty.settings import PagerDutySettings
from desk_connectors.pagerduty.webhook import OutboundEvent, WebhookInvalid, is_signed, parse_webhook

__all__ = [
    "Event",
    "EventPayload",
    "Events",
    "Incident",
    "Link",
    "LogEntry",
    "OutboundEvent",
    "PagerDuty",
    "PagerDutySettings",
    "Reference",
    "Session",
    "WebhookInvalid",
    "is_signed",
    "parse_webhook",
]
