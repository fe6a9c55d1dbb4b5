"""The incidents of a status page, folded from its readings: when each was first and last read, and changed. Pure.

A reading that failed changes nothing. An incident that a whole reading no longer lists has vanished, which is not
resolved; an edit of an incident is a change of it, and no update of it counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from desk_integrations.kinds.status import StatusIncident, StatusReading, StatusUpdate
from desk_integrations.outcomes import Empty, Outcome

SEEN_AGAIN = "seen-again"


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """A change that a reading revealed at `at`.

    `status` is the page's word, or `seen-again`; `update` the vendor's id of the update that is new or was edited, None
    for a change of the incident itself.
    """

    at: datetime
    status: str
    update: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedIncident:
    """An incident since it was first read. Times are those of the readings.

    `incident` is the newest state that was read. `vanished_at` is the time of the reading that listed it no more, None
    while it is listed and once it was read as resolved.
    """

    incident: StatusIncident
    first_seen: datetime
    last_seen: datetime
    changes: tuple[IncidentChange, ...]
    vanished_at: datetime | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentHistory:
    """All incidents by the vendor's id, in the order in which they were first read."""

    incidents: Mapping[str, TrackedIncident]

    def after(self, at: datetime, outcome: Outcome[StatusReading]) -> IncidentHistory:
        """The history after one more reading, made at `at`."""
        if isinstance(outcome, Empty):
            reading = StatusReading()
        elif isinstance(outcome, StatusReading):
            reading = outcome
        else:
            return self
        tracked = dict(self.incidents)
        listed = _newest(reading.incidents)
        for external, incident in listed.items():
            before = tracked.get(external)
            tracked[external] = _first(at, incident) if before is None else _seen(before, at, incident)
        for external, incident in _newest(reading.ended).items():
            if external in tracked and external not in listed:
                tracked[external] = _ended(tracked[external], at, incident)
        if reading.names_every_incident:
            tracked |= {one.incident.external: _vanished(one, at) for one in _absent(tracked, listed)}
        return IncidentHistory(tracked)


EMPTY_HISTORY = IncidentHistory({})


def history_of(polls: Iterable[tuple[datetime, Outcome[StatusReading]]]) -> IncidentHistory:
    """The history after all readings, in the order of their times."""
    history = EMPTY_HISTORY
    for at, outcome in sorted(polls, key=lambda poll: poll[0]):
        history = history.after(at, outcome)
    return history


def _newest(incidents: Iterable[StatusIncident]) -> dict[str, StatusIncident]:
    """Each incident once: of two in one document the one that was updated later."""
    found: dict[str, StatusIncident] = {}
    for incident in incidents:
        other = found.get(incident.external)
        if other is None or _is_older(other, incident):
            found[incident.external] = incident
    return found


def _first(at: datetime, incident: StatusIncident) -> TrackedIncident:
    return TrackedIncident(
        incident=incident,
        first_seen=at,
        last_seen=at,
        changes=_changes(at, incident, incident.updates) or (IncidentChange(at, incident.status),),
        resolved_at=at if incident.state == "resolved" else None,
    )


def _seen(tracked: TrackedIncident, at: datetime, incident: StatusIncident) -> TrackedIncident:
    """The incident listed once more. A document that is older than the newest one brings no edit."""
    back = () if tracked.vanished_at is None else (IncidentChange(at, SEEN_AGAIN),)
    before = tracked.incident
    if _is_older(incident, before):
        incident = before
    changes = _changes(at, incident, _new_or_edited(tracked, incident))
    if not changes and incident != before:
        changes = (IncidentChange(at, incident.status),)
    return replace(
        tracked,
        incident=incident,
        last_seen=at,
        changes=(*tracked.changes, *back, *changes),
        vanished_at=None,
        resolved_at=_resolved_at(tracked, at, incident),
    )


def _ended(tracked: TrackedIncident, at: datetime, incident: StatusIncident) -> TrackedIncident:
    """The incident that the page no longer lists as open, but as resolved."""
    found = _seen(replace(tracked, vanished_at=None), at, incident)
    return replace(found, last_seen=tracked.last_seen)


def _vanished(tracked: TrackedIncident, at: datetime) -> TrackedIncident:
    return replace(tracked, vanished_at=at)


def _absent(tracked: Mapping[str, TrackedIncident], listed: Mapping[str, StatusIncident]) -> Iterator[TrackedIncident]:
    for external, one in tracked.items():
        if external not in listed and one.vanished_at is None and one.resolved_at is None:
            yield one


def _changes(at: datetime, incident: StatusIncident, updates: Iterable[StatusUpdate]) -> tuple[IncidentChange, ...]:
    """A change per update, and one more if the incident's own status is none of the last update's."""
    found = tuple(IncidentChange(at, update.status, update.external) for update in updates)
    if found and found[-1].status != incident.status:
        return (*found, IncidentChange(at, incident.status))
    return found


def _new_or_edited(tracked: TrackedIncident, incident: StatusIncident) -> Iterator[StatusUpdate]:
    """The updates that no change names yet, and those whose text or status is another one than before."""
    counted = {change.update for change in tracked.changes}
    before = {update.external: update for update in tracked.incident.updates}
    for update in incident.updates:
        other = before.get(update.external, update)
        if update.external not in counted or (other.text, other.status) != (update.text, update.status):
            yield update


def _resolved_at(tracked: TrackedIncident, at: datetime, incident: StatusIncident) -> datetime | None:
    """The time of the reading that first named it resolved; None after the vendor reopened it."""
    return (tracked.resolved_at or at) if incident.state == "resolved" else None


def _is_older(one: StatusIncident, other: StatusIncident) -> bool:
    return one.updated_at is not None and other.updated_at is not None and one.updated_at < other.updated_at
