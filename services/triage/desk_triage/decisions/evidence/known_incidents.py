"""Step 4: open incidents of status pages and open alerts at the client, frozen as a source answered them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from desk.contract.event import Draft, Event
from desk.contract.streams.client import Device
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.diagnosis import SourceState
from desk.contract.ticket.triage.known_incidents import KnownIncidentsChecked, OpenIncident
from desk.decision.context import DecisionContext
from desk_integrations.evidence.definition import Snapshot
from desk_integrations.evidence.subject import Subject
from desk_integrations.kinds.monitoring import MonitoringAlert, MonitoringAlerts
from desk_integrations.kinds.status import StatusIncident, StatusReading
from desk_integrations.outcomes import Missing

KINDS = ("monitoring", "status")
"""Kinds of vendors that report known incidents."""
NOT_CONFIGURED: Mapping[str, SourceState] = {"monitors": "not-applicable", "status-pages": "not-applicable"}
LONGEST_TEXT = 500
OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenIncidents:
    """The incidents that one source lists as open, the most relevant first."""

    incidents: tuple[OpenIncident, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0


def site_or_device(ticket: Ticket) -> Subject | None:
    """The linked device, or the client alone after the link was waived; None before either."""
    s = ticket.intake
    if s.asset is not None:
        return Subject(s.client, s.asset.device, s.asset.link)
    return None if s.asset_waived is None else Subject(s.client, "")


def on_page(found: StatusReading) -> OpenIncidents:
    """The open incidents of a page and the maintenances that have begun, the newest first.

    Only missing rows of these two lists are missing here.
    """
    begun = (one for one in found.maintenances if one.state != "scheduled")
    rows = [_reported(one) for one in (*found.incidents, *begun) if one.state != "resolved"]
    missing = tuple(one for one in found.missing if one.part in ("incidents", "maintenances"))
    return OpenIncidents(_newest_first(rows), missing)


def at_client(found: MonitoringAlerts, source: str, device: str, devices: Mapping[str, Device]) -> OpenIncidents:
    """The open alerts of a client: those on the device of the ticket first, then the newest first.

    An alert whose entity is no mapped device of the client stays without one.
    """
    ours = {one.ids[source]: name for name, one in devices.items() if source in one.ids}
    rows = _newest_first(_raised(one, ours.get(one.external)) for one in found.alerts)
    ordered = sorted(rows, key=lambda one: one.device is None or one.device != device)
    return OpenIncidents(tuple(ordered), found.missing, found.foreign)


def record_check(found: Snapshot[OpenIncident], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The snapshot as a fact about the linked device, or about the client alone."""
    data = KnownIncidentsChecked(
        check=found.id,
        sources={found.source: found.state},
        matches=tuple(one.external for one in found.items),
        device=found.subject.about or None,
        asked_at=found.asked_at,
        reason=found.reason,
        incidents=found.items,
        omitted=found.omitted,
        unavailable=found.unavailable,
        foreign=found.foreign,
    )
    return [Draft(data=data, cycle=ticket.cycle)]


def without_sources(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that no source of known incidents serves the client; nothing where one does, which the collector asks."""
    if any(context.sources.configured(kind, ticket.intake.client) for kind in KINDS):
        return []
    device = ticket.intake.asset.device if ticket.intake.asset else None
    data = KnownIncidentsChecked(
        check=str(event.id), sources=dict(NOT_CONFIGURED), device=device, reason="not-configured"
    )
    return [Draft(data=data, cycle=ticket.cycle)]


def _reported(one: StatusIncident) -> OpenIncident:
    return OpenIncident(one.external, one.title[:LONGEST_TEXT], one.status, one.impact, one.started_at)


def _raised(one: MonitoringAlert, device: str | None) -> OpenIncident:
    return OpenIncident(one.alert, one.what[:LONGEST_TEXT], one.state, one.severity, one.at, device)


def _newest_first(rows: Iterable[OpenIncident]) -> tuple[OpenIncident, ...]:
    return tuple(sorted(rows, key=lambda one: one.since or OLDEST, reverse=True))
