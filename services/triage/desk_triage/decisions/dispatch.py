"""Places tickets in queues and assigns technicians."""

from __future__ import annotations

from desk.contract.bounds import Code
from desk.contract.event import Draft, Event
from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import dispatch as d
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.policies.triage import Tier
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


def tier_of(queue: str | None, context: DecisionContext) -> Tier | None:
    """The tier that works the queue, by the policy in force; None for a queue that policy `routing` does not name."""
    found = context.policies.routing.queues.get(queue) if queue is not None else None
    return found.tier if found is not None else None


def place_by_default(event: Event[TicketOpened], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Place a ticket that was opened at the desk in the default queue; the board of its record places any other.

    It stays new, for nobody has triaged it.
    """
    if event.data.record is not None or ticket.intake.imported or ticket.triage.placements:
        return []
    name = context.policies.routing.default_queue
    data = d.Queued(queue=name, tier=tier_of(name, context), first=True, by_default=True, revision=1)
    return [Draft(data=data)]


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
    there = tier_of(ticket.triage.queue, context) == "tier2"
    return place(name, "tier2", ticket) if name and not there else []


def assign(body: Assign, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Assign the ticket to a technician. The present assignee again records nothing."""
    s = ticket.triage
    if s.technician == body.technician:
        return []
    return [Draft(data=d.Assigned(technician=body.technician, before=s.technician, revision=s.placements + 1))]


def take(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Assign the ticket to the caller; Tier 1 may not take from queues of Tier 2.

    The policy in force says whose a queue is, for the fact may be older; the fact does for a queue that was removed.
    """
    tier = tier_of(ticket.triage.queue, context) or ticket.triage.tier
    if tier == "tier2" and Role.TIER1 in context.roles and Role.TIER2 not in context.roles:
        raise Refusal("tier_forbidden", "This queue belongs to Tier 2.")
    return assign(Assign(cycle=body.cycle, technician=context.actor.id), ticket, context)


def unassign(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Remove the assignment."""
    s = ticket.triage
    if s.technician is None:
        return []
    return [Draft(data=d.Unassigned(before=s.technician, revision=s.placements + 1))]
