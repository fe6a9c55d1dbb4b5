"""The documents of the public API: each is the page with lists of its records."""

from collections.abc import Callable, Mapping, Sequence

from desk_simulators.kit.table import Record
from desk_simulators.statuspage.state import PageState

Document = Callable[[PageState, str], Record]
"""A document from the state and the address under which the page was reached."""
NEWEST = 50
OPEN = ("investigating", "identified", "monitoring")
ACTIVE = ("in_progress", "verifying")
PLANNED = "scheduled"
DESCRIPTIONS = {
    "none": "All Systems Operational",
    "minor": "Minor Service Outage",
    "major": "Partial System Outage",
    "critical": "Major Service Outage",
    "maintenance": "Service Under Maintenance",
}
SEVERITY = ("operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage")


def page(state: PageState, url: str) -> Record:
    found = state.page
    return {
        "id": found.id,
        "name": found.name,
        "url": url,
        "time_zone": found.time_zone,
        "updated_at": state.updated_at,
    }


def indicator(statuses: Sequence[str]) -> str:
    """The page's indicator is that of its components: an open incident may leave it at none."""
    if "major_outage" in statuses:
        return "critical" if set(statuses) == {"major_outage"} else "major"
    if "partial_outage" in statuses and set(statuses) == {"partial_outage"}:
        return "major"
    if "partial_outage" in statuses or "degraded_performance" in statuses:
        return "minor"
    return "maintenance" if "under_maintenance" in statuses else "none"


def status(state: PageState) -> Record:
    found = indicator([row["status"] for row in state.records("component") if not row["group"]])
    return {"indicator": found, "description": DESCRIPTIONS[found]}


def components(state: PageState) -> list[Record]:
    """All components; a group has the worst state of its members."""
    rows = state.records("component")
    by_key = {row["id"]: row["status"] for row in rows}
    return [
        {**row, "status": max((by_key[key] for key in row["components"]), key=SEVERITY.index)}
        if row["group"] and row["components"]
        else row
        for row in rows
    ]


def listed(state: PageState, table: str, statuses: Sequence[str] | None = None) -> list[Record]:
    """The 50 newest records of the table, or all with one of the statuses; each with its components as they are now."""
    by_key = {row["id"]: row for row in components(state)}
    rows = list(reversed(state.records(table)))
    kept = rows[:NEWEST] if statuses is None else [row for row in rows if row["status"] in statuses]
    return [{**row, "components": [by_key[one["id"]] for one in row["components"]]} for row in kept]


def summary(state: PageState, url: str) -> Record:
    return {
        "page": page(state, url),
        "status": status(state),
        "components": components(state),
        "incidents": [_without_reminder(row) for row in listed(state, "incident", OPEN)],
        "scheduled_maintenances": listed(state, "maintenance", (PLANNED, *ACTIVE)),
    }


def _of(table: str, key: str, statuses: Sequence[str] | None = None) -> Document:
    return lambda state, url: {"page": page(state, url), key: listed(state, table, statuses)}


def _without_reminder(row: Record) -> Record:
    return {name: value for name, value in row.items() if name != "reminder_intervals"}


DOCUMENTS: Mapping[str, Document] = {
    "summary.json": summary,
    "status.json": lambda state, url: {"page": page(state, url), "status": status(state)},
    "components.json": lambda state, url: {"page": page(state, url), "components": components(state)},
    "incidents.json": _of("incident", "incidents"),
    "incidents/unresolved.json": _of("incident", "incidents", OPEN),
    "scheduled-maintenances.json": _of("maintenance", "scheduled_maintenances"),
    "scheduled-maintenances/upcoming.json": _of("maintenance", "scheduled_maintenances", (PLANNED,)),
    "scheduled-maintenances/active.json": _of("maintenance", "scheduled_maintenances", ACTIVE),
}
