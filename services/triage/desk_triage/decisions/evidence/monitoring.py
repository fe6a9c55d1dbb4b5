"""Step 14: alerts on the linked device that were raised after the fix and are open when the settle time ends."""

from __future__ import annotations

from datetime import timedelta

from desk.contract.event import Draft, Event
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import fix as fx
from desk.decision.context import DecisionContext, Policies
from desk_integrations.evidence.definition import Snapshot, Window
from desk_integrations.evidence.subject import Subject
from desk_integrations.kinds.monitoring import MonitoringAlert
from desk_triage.decisions.evidence.foreign_device import foreign_device

LONGEST_TEXT = 500


def fixed_device(ticket: Ticket) -> Subject | None:
    """The linked device, by the fix of this attempt; None without either, and after the attempt failed."""
    asset, attempt = ticket.intake.asset, ticket.triage.attempt
    if asset is None or attempt.applied is None or attempt.failed:
        return None
    return Subject(ticket.intake.client, asset.device, str(attempt.applied))


def since_fix(ticket: Ticket) -> Window | None:
    """The window begins with the fix; the settle time ends it."""
    applied_at = ticket.triage.attempt.applied_at
    return None if applied_at is None else (applied_at, applied_at)


def settle_time(policies: Policies) -> timedelta:
    """How long after the fix monitoring is checked."""
    return policies.monitoring_window.settle


def record_monitoring(found: Snapshot[MonitoringAlert], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The answer about the attempt: checked, or regressed by its first alert, which leads back to diagnosis."""
    cycle, attempt, device = ticket.cycle, ticket.triage.attempt.number, found.subject.about
    if found.state == "match":
        first = min(found.items, key=lambda one: (one.at, one.alert))
        regressed = fx.MonitoringRegressed(
            alert=first.alert, active_at=found.asked_at, source=found.source, what=first.what[:LONGEST_TEXT]
        )
        return [Draft(data=regressed, cycle=cycle, attempt=attempt)]
    checked = fx.MonitoringChecked(
        state=found.state,
        window_to=found.asked_at,
        devices=(device,),
        unknown=(found.source,) if found.state == "unknown" else (),
        source=found.source,
        reason=found.reason,
        unavailable=found.unavailable,
    )
    return [Draft(data=checked, cycle=cycle, attempt=attempt), *foreign_device(found)]


def without_monitor(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that no monitor can be asked after this fix; nothing where one serves the client, which the collector
    asks about the linked device."""
    return _not_applicable(event, ticket, context, event.cycle, event.attempt)


def without_monitor_anew(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the same about an asset that is linked or waived after the fix of this attempt; nothing without one."""
    attempt = ticket.triage.attempt
    if attempt.applied is None or attempt.failed:
        return []
    return _not_applicable(event, ticket, context, ticket.cycle, attempt.number)


def _not_applicable(
    event: Event, ticket: Ticket, context: DecisionContext, cycle: int | None, attempt: int | None
) -> list[Draft]:
    asset = ticket.intake.asset
    if asset is not None and context.sources.configured("monitoring", ticket.intake.client):
        return []
    data = fx.MonitoringChecked(
        state="not-applicable",
        window_to=event.time,
        devices=() if asset is None else (asset.device,),
        reason="no-asset" if asset is None else "not-configured",
    )
    return [Draft(data=data, cycle=cycle, attempt=attempt)]
