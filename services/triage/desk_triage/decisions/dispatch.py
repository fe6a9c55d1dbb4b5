"""Places tickets in queues and assigns technicians."""

from __future__ import annotations

from desk.contract.bounds import Code
from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import dispatch as d
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.refusal import Refusal


class Queue(TicketBody):
    queue: Code


class Assign(TicketBody):
    technician: Code


def queue(body: Queue, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Place the ticket in a queue of the routing policy. Its present queue records nothing."""
    queues = context.policies.routing.queues
    if body.queue not in queues:
        raise Refusal("invalid_field", f"queue: {body.queue!r} is not a queue; choose one of {', '.join(queues)}.")
    return place(body.queue, queues[body.queue].tier, ticket)


def place(name: str, tier: str | None, ticket: Ticket) -> list[Draft]:
    """Record the queue, unless the ticket is already in it."""
    s = ticket.triage
    if s.queue == name:
        return []
    first = s.queue is None and s.placements == 0 and not ticket.intake.observed
    return [Draft(data=d.Queued(queue=name, tier=tier, before=s.queue, first=first, revision=s.placements + 1))]


def to_tier2(ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Place the ticket in the first queue of Tier 2, unless it is in one or policy `routing` has none."""
    queues = context.policies.routing.queues
    name = next((name for name, queue in queues.items() if queue.tier == "tier2"), None)
    return place(name, "tier2", ticket) if name and ticket.triage.tier != "tier2" else []


def assign(body: Assign, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Assign the ticket to a technician. The present assignee again records nothing."""
    s = ticket.triage
    if s.technician == body.technician:
        return []
    return [Draft(data=d.Assigned(technician=body.technician, before=s.technician, revision=s.placements + 1))]


def take(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Assign the ticket to the caller; Tier 1 may take only from queues of Tier 1."""
    tier = ticket.triage.tier
    if tier == "tier2" and Role.TIER1 in context.roles and Role.TIER2 not in context.roles:
        raise Refusal("tier_forbidden", "This queue belongs to Tier 2.")
    return assign(Assign(cycle=body.cycle, technician=context.actor.id), ticket, context)


def unassign(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Remove the assignment."""
    s = ticket.triage
    if s.technician is None:
        return []
    return [Draft(data=d.Unassigned(before=s.technician, revision=s.placements + 1))]
