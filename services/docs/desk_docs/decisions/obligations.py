"""Meets the obligations of a close, by the same facts that would have met its gates.

A close in the PSA is complete when nothing is owed. Time that changes after it was confirmed is owed again, and does
not reopen the ticket.
"""

from __future__ import annotations

from pydantic import Field

from desk.calendars.business_days import business_days_later
from desk.contract.bounds import PLAIN
from desk.contract.event import Draft, Event
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.docs.slice import Obligation
from desk.contract.ticket.gates import CLOSE
from desk.contract.ticket.intake.conversation import ReplyUndelivered
from desk.contract.ticket.labour import technicians_of_cycle
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.decision.repeats import same

MEETS: dict[f.Owed, str] = {
    "documentation": "documented",
    "summary": "client-informed",
    "sign-off": "sign-off",
    "time": "time",
    "runbook": "runbook",
}
"""Obligation -> the close gate that decides whether it is met."""


def owner_of(what: f.Owed, ticket: Ticket, otherwise: str) -> str:
    """The person, or the role, who may meet the obligation: the sign-off and the time have owners of their own."""
    if what == "sign-off":
        end, signed = ticket.triage.end, ticket.docs.signoffs.get(ticket.cycle, ())
        technician = end.technician if end is not None else None
        return technician if technician and technician not in signed else "coordinator"
    if what != "time":
        return otherwise
    worked = technicians_of_cycle(ticket)
    if len(worked) > 1 or "" in worked:
        return "billing"
    return worked[0] if worked else otherwise


class CompleteClosure(TicketBody):
    code: str = Field(
        "", max_length=100, pattern=PLAIN, description="Resolution code that is missing after a close in the PSA"
    )


def meet(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """After a fact that may meet obligations of the current cycle: record those that are met."""
    cycle = ticket.cycle
    end = ticket.triage.end
    cancelled = end is not None and end.kind == "cancelled"
    profile = context.policies.gate_profile.of_ticket(ticket, cancelled=cancelled)
    met = [
        o.what
        for o in ticket.docs.owed(cycle)
        if o.what in MEETS and CLOSE[MEETS[o.what]].check(ticket, profile.get(MEETS[o.what], "mandatory"))
    ]
    drafts = [Draft(data=f.ObligationMet(what=what, evidence=event.id), cycle=cycle) for what in met]
    return drafts + complete(ticket, cycle, frozenset(met))


def time_changed(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """After a change of time entries: owe the confirmation of a closed cycle again.

    It is met when the entries are again those that were confirmed.
    """
    cycle, end = ticket.cycle, ticket.triage.end
    if ticket.intake.imported or end is None or ticket.docs.closed.get(cycle) != end.id:
        return []
    if cycle not in ticket.billing.confirmations or ticket.billing.confirmed(cycle):
        return meet(event, ticket, context)
    asked = context.policies.gate_profile.of_ticket(ticket, cancelled=end.kind == "cancelled")
    recorded = ticket.docs.obligations.get(f"time|{cycle}")
    if asked.get(MEETS["time"], "-") == "-" or (recorded is not None and recorded.state != "met"):
        return []
    days = context.policies.close_codes.obligation_business_days
    otherwise = recorded.owner if recorded is not None else ticket.triage.technician or "coordinator"
    owner = owner_of("time", ticket, otherwise)
    data = f.ObligationRaised(what="time", owner=owner, due=business_days_later(event.recordedtime, days))
    return [Draft(data=data, cycle=cycle)]


def summary_lost(event: Event[ReplyUndelivered], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Owe the summary of a closed cycle again, when its newest revision was not delivered."""
    cycle, end = ticket.cycle, ticket.triage.end
    if ticket.intake.imported or end is None or ticket.docs.closed.get(cycle) != end.id:
        return []
    written, recorded = ticket.docs.summaries.get(cycle, ()), ticket.docs.obligations.get(f"summary|{cycle}")
    if not written or written[-1].message != event.data.message or (recorded is not None and recorded.state != "met"):
        return []
    asked = context.policies.gate_profile.of_ticket(ticket, cancelled=end.kind == "cancelled")
    if asked.get(MEETS["summary"], "-") == "-":
        return []
    days = context.policies.close_codes.obligation_business_days
    owner = recorded.owner if recorded is not None else ticket.triage.technician or "coordinator"
    data = f.ObligationRaised(what="summary", owner=owner, due=business_days_later(event.recordedtime, days))
    return [Draft(data=data, cycle=cycle)]


def complete_closure(body: CompleteClosure, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Choose the code that was owed; the closure is complete when nothing else is owed."""
    cycle = ticket.cycle
    owed = {o.what for o in ticket.docs.owed(cycle)}
    if "code" not in owed:
        closing = ticket.docs.closings.get(cycle)
        return same(closing is None or body.code in ("", closing.code), code=closing.code if closing else None)
    codes = context.policies.close_codes
    if body.code not in codes.codes:
        raise Refusal("code_missing", f"code: choose one of {', '.join(codes.codes)}.")
    met = f.ObligationMet(what="code", code=body.code, code_version=codes.version)
    return [Draft(data=met, cycle=cycle), *complete(ticket, cycle, frozenset(("code",)))]


def complete(ticket: Ticket, cycle: int, met: frozenset[f.Owed]) -> list[Draft]:
    """Complete a close made in the PSA, when `met` are its last obligations."""
    closing = ticket.docs.closings.get(cycle)
    if not met or closing is None or closing.completed or closing.mode == "process":
        return []
    if {o.what for o in ticket.docs.owed(cycle)} - met:
        return []
    all_owed = tuple(o.what for o in ticket.docs.obligations.values() if o.cycle == cycle)
    return [Draft(data=f.ClosureCompleted(closure=closing.id, met=all_owed), cycle=cycle)]


def overdue(obligation: Obligation, ticket: Ticket) -> list[Draft]:
    """Record that an obligation is overdue, unless it was met or belongs to an earlier cycle.

    Nobody can meet those of a ticket that was merged or whose record is gone.
    """
    now = ticket.docs.obligations.get(f"{obligation.what}|{obligation.cycle}")
    elsewhere = status(ticket) in (Status.MERGED, Status.GONE)
    if now is None or now.state != "open" or now.cycle != ticket.cycle or elsewhere:
        return []
    data = f.ObligationOverdue(what=now.what, owner=now.owner, due=now.due)
    return [Draft(data=data, cycle=now.cycle)]
