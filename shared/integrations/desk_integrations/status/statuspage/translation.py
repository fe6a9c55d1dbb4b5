"""From the vendor's records to the port's, without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from desk_connectors.reading import Rows
from desk_connectors.statuspage import Component, Incident, IncidentUpdate, Summary
from desk_integrations.kinds.status import (
    ComponentState,
    Impact,
    IncidentState,
    StatusComponent,
    StatusComponents,
    StatusIncident,
    StatusReading,
    StatusUpdate,
)
from desk_integrations.outcomes import Missing

LONGEST_TITLE, LONGEST_TEXT = 500, 5000
OLDEST = datetime.min.replace(tzinfo=UTC)
STATES: Mapping[str, IncidentState] = {
    "investigating": "investigating",
    "identified": "identified",
    "monitoring": "monitoring",
    "resolved": "resolved",
    "postmortem": "resolved",
    "scheduled": "scheduled",
    "in_progress": "identified",
    "verifying": "monitoring",
    "completed": "resolved",
}
IMPACTS: Mapping[str, Impact] = {
    "none": "none",
    "minor": "minor",
    "major": "major",
    "critical": "critical",
    "maintenance": "maintenance",
}
COMPONENT_STATES: Mapping[str, ComponentState] = {
    "operational": "operational",
    "degraded_performance": "degraded",
    "partial_outage": "partial-outage",
    "major_outage": "outage",
    "under_maintenance": "maintenance",
}


def to_reading(summary: Summary, history: Rows[Incident] | None = None) -> StatusReading:
    """The incidents of a summary, and those that the page's history says have ended."""
    listed = tuple(map(to_incident, summary.incidents.records))
    ended = tuple(map(to_incident, history.records)) if history else ()
    lists = (("incidents", summary.incidents), ("maintenances", summary.maintenances), ("ended", history))
    return StatusReading(
        incidents=listed,
        maintenances=tuple(map(to_incident, summary.maintenances.records)),
        ended=tuple(one for one in ended if one.state == "resolved"),
        missing=tuple(Missing(part, "unreadable", rows=rows.unreadable) for part, rows in lists if rows and rows[1]),
    )


def to_incident(record: Incident) -> StatusIncident:
    return StatusIncident(
        external=record.id,
        title=record.name[:LONGEST_TITLE],
        state=STATES.get(record.status, "unknown"),
        status=record.status,
        impact=IMPACTS.get(record.impact, "unknown"),
        started_at=_utc(record.started_at or record.created_at),
        updated_at=_utc(record.updated_at),
        resolved_at=_utc(record.resolved_at),
        starts_at=_utc(record.scheduled_for),
        ends_at=_utc(record.scheduled_until),
        url=record.shortlink,
        components=tuple(component.name for component in record.components),
        updates=tuple(sorted(map(_to_update, reversed(record.incident_updates)), key=lambda one: one.at or OLDEST)),
    )


def _to_update(record: IncidentUpdate) -> StatusUpdate:
    return StatusUpdate(
        external=record.id,
        state=STATES.get(record.status, "unknown"),
        status=record.status,
        text=record.body[:LONGEST_TEXT],
        at=_utc(record.display_at or record.created_at),
        edited_at=_utc(record.updated_at),
    )


def to_components(rows: Rows[Component]) -> StatusComponents:
    """All components but the groups, each with the name of its group."""
    groups = {row.id: row.name for row in rows.records if row.group}
    return StatusComponents(
        components=tuple(
            StatusComponent(
                external=row.id,
                name=row.name,
                state=COMPONENT_STATES.get(row.status, "unknown"),
                group=groups.get(row.group_id or "", ""),
            )
            for row in rows.records
            if not row.group
        ),
        missing=(Missing("components", "unreadable", rows=rows.unreadable),) if rows.unreadable else (),
    )


def _utc(at: datetime | None) -> datetime | None:
    return at and at.astimezone(UTC)
