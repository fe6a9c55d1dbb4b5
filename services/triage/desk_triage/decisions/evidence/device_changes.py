"""Step 7: the changes of the linked device, frozen as a source answered them."""

from __future__ import annotations

from datetime import timedelta

from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import diagnosis as dx
from desk.decision.context import DecisionContext
from desk_integrations.evidence.definition import Snapshot, Window
from desk_integrations.evidence.subject import Subject
from desk_integrations.kinds.rmm import DeviceChanges, RmmChange
from desk_triage.decisions.evidence.foreign_device import foreign_device

WINDOW = timedelta(days=14)
LONGEST_CHANGE = 2000
"""Characters of one change that are kept."""


def linked_device(ticket: Ticket) -> Subject | None:
    """The device that is linked now, by this very link; None without one."""
    asset = ticket.intake.asset
    return None if asset is None else Subject(ticket.intake.client, asset.device, asset.link)


def window(ticket: Ticket) -> Window | None:
    """The 14 days before the failure began as reported, else before the ticket was opened."""
    onset = ticket.intake.onset_at or ticket.intake.opened_at
    return None if onset is None else (onset - WINDOW, onset)


def newest_first(found: DeviceChanges) -> tuple[RmmChange, ...]:
    """The changes with those nearest to the onset first: where there are too many, the oldest are left out."""
    return tuple(reversed(found.changes))


def record_changes(found: Snapshot[RmmChange], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The snapshot as a fact, oldest change first. A device of another client at the source is a security event too."""
    window_from, window_to = found.window or (None, None)
    changes = sorted(found.items, key=lambda one: one.at)
    data = dx.DeviceChangesCollected(
        device=found.subject.about,
        snapshot=found.id,
        window_from=window_from,
        window_to=window_to,
        changes=tuple(dx.DeviceChange(one.at, one.kind, one.what[:LONGEST_CHANGE]) for one in changes),
        unavailable=found.unavailable,
        state=found.state,
        source=found.source,
        asked_at=found.asked_at,
        reason=found.reason,
        omitted=found.omitted,
        foreign=found.foreign,
    )
    return [Draft(data=data), *foreign_device(found)]
