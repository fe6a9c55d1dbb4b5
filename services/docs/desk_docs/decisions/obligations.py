"""What a close left owed: met later by the same acts that would have opened the gate. An outside close is complete when
nothing is left; time that changes after it was confirmed is owed once more, and reopens nothing.
"""

from __future__ import annotations

from pydantic import Field

from desk.calendars.business_days import business_days_later
from desk.contract.bounds import PLAIN
from desk.contract.event import Draft, Event
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.docs.slice import Obligation
from desk.contract.ticket.gates import CLOSE
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

MEETS: dict[f.Owed, str] = {
    "documentation": "documented",
    "summary": "client-informed",
    "sign-off": "sign-off",
    "time": "time",
    "runbook": "runbook",
}
"""What is owed -> the close gate that shows it was met."""


class CompleteClosure(TicketBody):
    code: str = Field(
        "", max_length=100, pattern=PLAIN, description="The resolution code that the outside close left open"
    )


def meet(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """A fact that may have met an obligation of the current cycle was recorded or heard."""
    cycle = ticket.cycle
    profile = context.policies.gate_profile.of(ticket.intake.kind)
    met = [
        o.what
        for o in ticket.docs.owed(cycle)
        if o.what in MEETS and CLOSE[MEETS[o.what]].check(ticket, profile.get(MEETS[o.what], "mandatory"))
    ]
    drafts = [Draft(data=f.ObligationMet(what=what, evidence=event.id), cycle=cycle) for what in met]
    return drafts + complete(ticket, cycle, frozenset(met))


def time_changed(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """A time entry was added, changed or taken away. What was confirmed at a close is then owed once more; it is met
    when the entries are again those that were confirmed."""
    cycle, end = ticket.cycle, ticket.triage.end
    if ticket.intake.imported or end is None or ticket.docs.closed.get(cycle) != end.id:
        return []
    if cycle not in ticket.billing.confirmations or ticket.billing.confirmed(cycle):
        return meet(event, ticket, context)
    asked = context.policies.gate_profile.of(ticket.intake.kind, cancelled=end.kind == "cancelled")
    known = ticket.docs.obligations.get(f"time|{cycle}")
    if asked.get(MEETS["time"], "-") == "-" or (known is not None and known.state != "met"):
        return []
    days = context.policies.close_codes.obligation_business_days
    owner = known.owner if known is not None else ticket.triage.technician or "coordinator"
    data = f.ObligationRaised(what="time", owner=owner, due=business_days_later(event.recordedtime, days))
    return [Draft(data=data, cycle=cycle)]


def summary_lost(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The message with the newest summary of a closed cycle did not reach the client: the summary is owed once more."""
    cycle, end = ticket.cycle, ticket.triage.end
    if ticket.intake.imported or end is None or ticket.docs.closed.get(cycle) != end.id:
        return []
    written, known = ticket.docs.summaries.get(cycle, ()), ticket.docs.obligations.get(f"summary|{cycle}")
    if not written or written[-1].message != event.data.message or (known is not None and known.state != "met"):
        return []
    asked = context.policies.gate_profile.of(ticket.intake.kind, cancelled=end.kind == "cancelled")
    if asked.get(MEETS["summary"], "-") == "-":
        return []
    days = context.policies.close_codes.obligation_business_days
    owner = known.owner if known is not None else ticket.triage.technician or "coordinator"
    data = f.ObligationRaised(what="summary", owner=owner, due=business_days_later(event.recordedtime, days))
    return [Draft(data=data, cycle=cycle)]


def complete_closure(body: CompleteClosure, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The code that was owed is chosen; the closure is complete once nothing else is owed."""
    cycle = ticket.cycle
    owed = {o.what for o in ticket.docs.owed(cycle)}
    if "code" not in owed:
        return []
    codes = context.policies.close_codes
    if body.code not in codes.codes:
        raise Refusal("code_missing", f"code: choose one of {', '.join(codes.codes)}.")
    met = f.ObligationMet(what="code", code=body.code, code_version=codes.version)
    return [Draft(data=met, cycle=cycle), *complete(ticket, cycle, frozenset(("code",)))]


def complete(ticket: Ticket, cycle: int, met: frozenset[f.Owed]) -> list[Draft]:
    """The closure of an outside close, when these were the last that it owed."""
    closing = ticket.docs.closings.get(cycle)
    if not met or closing is None or closing.completed or closing.mode == "process":
        return []
    if {o.what for o in ticket.docs.owed(cycle)} - met:
        return []
    all_owed = tuple(o.what for o in ticket.docs.obligations.values() if o.cycle == cycle)
    return [Draft(data=f.ClosureCompleted(closure=closing.id, met=all_owed), cycle=cycle)]


def overdue(obligation: Obligation, ticket: Ticket) -> list[Draft]:
    """The due time passed; an obligation that was met, or belongs to an earlier cycle, is left alone."""
    now = ticket.docs.obligations.get(f"{obligation.what}|{obligation.cycle}")
    if now is None or now.state != "open" or now.cycle != ticket.cycle:
        return []
    data = f.ObligationOverdue(what=now.what, owner=now.owner, due=now.due)
    return [Draft(data=data, cycle=now.cycle)]
