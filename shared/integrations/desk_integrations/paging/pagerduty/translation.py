"""Between the port's pages and the vendor's events, incidents and webhooks. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Literal

from desk_connectors.pagerduty import Event, EventPayload, Incident, Link, LogEntry, OutboundEvent, Reference
from desk_connectors.reading import Rows
from desk_integrations.kinds.paging import (
    NewPage,
    Notification,
    PageChange,
    PageState,
    PageUpdate,
    Responder,
    Urgency,
)
from desk_integrations.outcomes import Missing, WebhookIgnored

LONGEST_KEY, LONGEST_TITLE, LONGEST_DETAIL, MOST_DETAILS = 255, 1024, 2000, 30
SOURCE = "Deskstream"
SEVERITIES: Mapping[Urgency, Literal["critical", "error", "warning"]] = {
    "critical": "critical",
    "high": "error",
    "low": "warning",
}
CHANGES: Mapping[str, PageChange] = {
    "incident.triggered": "triggered",
    "incident.acknowledged": "acknowledged",
    "incident.unacknowledged": "unacknowledged",
    "incident.escalated": "escalated",
    "incident.delegated": "reassigned",
    "incident.reassigned": "reassigned",
    "incident.resolved": "resolved",
    "incident.reopened": "reopened",
}
UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control and direction characters, which change how a line is displayed or read out."""
PERSON, NOTIFY = "user_reference", "notify_log_entry"
DELIVERED = {"success": True, "failed": False, "failure": False, "error": False}


def to_event(page: NewPage, routing_key: str) -> Event:
    """The trigger of a page, within the vendor's limits."""
    details = {plain(name, 100): plain(text, LONGEST_DETAIL) for name, text in page.details.items()}
    payload = EventPayload(
        summary=plain(page.title, LONGEST_TITLE) or "Page",
        source=SOURCE,
        severity=SEVERITIES[page.urgency],
        timestamp=page.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        custom_details=dict(list(details.items())[:MOST_DETAILS]),
    )
    links = (Link(href=page.url, text="Open the ticket"),) if page.url else ()
    return Event(
        routing_key=routing_key,
        event_action="trigger",
        dedup_key=page.key,
        payload=payload,
        client=SOURCE,
        client_url=page.url,
        links=links,
    )


def plain(text: str, longest: int) -> str:
    """The text without control and direction characters, cut at a length."""
    clean = UNSPEAKABLE.sub(" ", text[: longest + 1])
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def current(incidents: Sequence[Incident]) -> Incident | None:
    """The incident that a key stands for: an open one before a resolved one, then the newest."""
    return max(incidents, key=lambda one: (one.status != "resolved", one.created_at), default=None)


def to_state(key: str, incident: Incident, log: Rows[LogEntry]) -> PageState:
    """The state of a page out of its incident and the incident's log."""
    lacking = Missing("notifications", "cut" if log.cut else "unreadable", rows=log.unreadable)
    return PageState(
        key=key,
        external=incident.id,
        status=incident.status,
        since=(incident.last_status_change_at or incident.created_at).astimezone(UTC),
        acknowledged_by=tuple(_person(one.acknowledger) for one in incident.acknowledgements),
        resolved_by=_agent(incident.last_status_change_by) if incident.status == "resolved" else None,
        assigned_to=tuple(_person(one.assignee) for one in incident.assignments),
        notifications=_notifications(log),
        missing=(lacking,) if log.cut or log.unreadable else (),
        url=incident.html_url,
    )


def to_update(event: OutboundEvent) -> PageUpdate | WebhookIgnored:
    """The change that an event reports; ignored unless it changes who has the page."""
    change, incident = CHANGES.get(event.event_type), event.incident
    if change is None or incident is None:
        return WebhookIgnored()
    return PageUpdate(
        key=incident.incident_key,
        external=incident.id,
        change=change,
        status=incident.status,
        at=event.occurred_at.astimezone(UTC),
        sequence=event.id,
        by=_agent(event.agent),
    )


def _notifications(log: Rows[LogEntry]) -> tuple[Notification, ...]:
    """Oldest first."""
    found = [_notification(entry) for entry in log.records if entry.type == NOTIFY]
    return tuple(sorted(found, key=lambda one: (one.at, one.id)))


def _notification(entry: LogEntry) -> Notification:
    sent = entry.channel.notification if entry.channel else None
    return Notification(
        id=entry.id,
        at=entry.created_at.astimezone(UTC),
        channel=sent.type if sent else "",
        delivered=DELIVERED.get(sent.status) if sent else None,
        person=None if entry.user is None else _person(entry.user),
    )


def _agent(reference: Reference | None) -> Responder | None:
    """The person who made a change; None if a service or an integration did."""
    return _person(reference) if reference is not None and reference.type == PERSON else None


def _person(reference: Reference) -> Responder:
    return Responder(external=reference.id, name=reference.summary)
