"""Report facts that break policy, and callers who left. Such facts are applied, and security is alerted. Pure."""

from __future__ import annotations

from desk.contract.event import Draft, Event
from desk.contract.streams.security import PolicyViolation
from desk.contract.ticket.intake.caller import CallerRejected
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.fix import FixApplied, FixStarted
from desk.decision.context import DecisionContext


def started(event: Event[FixStarted], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Report work on shared infrastructure that began without a change, although the command refuses that."""
    shared = context.policies.routing.shared_asset_classes
    if event.data.asset_class not in shared or event.data.change is not None:
        return []
    return _reported("change_required", event, ticket)


def applied(event: Event[FixApplied], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Report a recorded fix that broke a rule."""
    return _reported(event.data.violation, event, ticket) if event.data.violation else []


def rejected(event: Event[CallerRejected], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Report a person who left and still asked for help, or who claimed to be somebody who did."""
    return _reported("contact_terminated", event, ticket) if event.data.reason == "terminated" else []


def _reported(rule: str, event: Event, ticket: Ticket) -> list[Draft]:
    if ticket.intake.imported or event.origin == "import":
        return []
    place = "" if event.cycle is None else f" in cycle {event.cycle}, attempt {event.attempt}"
    detail = f"{event.data.name}{place}"
    data = PolicyViolation(rule=rule, fact=event.id, ticket=event.subject, who=str(event.actor), detail=detail)
    return [Draft(data=data, subject=event.subject)]
