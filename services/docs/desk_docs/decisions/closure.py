"""Closes a cycle with its survey (steps 18 and 21), by command or after a close in the PSA, and raises obligations."""

from __future__ import annotations

from pydantic import Field

from desk.calendars.business_days import business_days_later
from desk.contract.bounds import PLAIN
from desk.contract.event import Actor, Draft, Event
from desk.contract.ticket.docs import client as cl
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.gates import CLOSE, open_gates
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import OutsideClosureNoticed
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.decision.repeats import same
from desk_docs.decisions.obligations import owner_of
from desk_docs.decisions.replies import unanswered

OWED: dict[str, f.Owed] = {
    "documented": "documentation",
    "client-informed": "summary",
    "sign-off": "sign-off",
    "time": "time",
    "runbook": "runbook",
}
"""Close gates that can still be met after a close in the PSA, with the obligation for each."""

REPLY = ("reply", "triage", "answer what the client wrote after the end (reply), or judge it (judge-reply)")
"""What a close still needs while the client's message stands. Profiles do not list it, so none switches it off."""


class Close(TicketBody):
    code: str = Field("", max_length=100, pattern=PLAIN, description="Resolution code; there is no default")


def close(body: Close, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Close the current cycle and decide on its survey. Every close gate must be met, and a code chosen.

    A person answers or judges first what the client wrote after the end, which may say that the fault is still there.
    """
    end, cycle = ticket.triage.end, ticket.cycle
    if end is None:
        raise Refusal("gates_open", missing=[("resolved", "triage", "resolve or cancel the ticket first")])
    if ticket.docs.closed.get(cycle) == end.id:
        closing = ticket.docs.closings[cycle]
        return same(body.code in ("", closing.code), code=closing.code)
    profile = context.policies.gate_profile.of_ticket(ticket, cancelled=end.kind == "cancelled")
    missing: list[tuple[str, str, str]] = list(open_gates(CLOSE, ticket, profile))
    if unanswered(ticket):
        missing.append(REPLY)
    if missing:
        raise Refusal("gates_open", missing=missing)
    codes = context.policies.close_codes
    listed = codes.cancelled if end.kind == "cancelled" else codes.codes
    if body.code not in listed:
        raise Refusal("code_missing", f"code: choose one of {', '.join(listed)}.")
    follow_ups = tuple(key for key, follow_up in ticket.docs.follow_ups.items() if follow_up.state == "open")
    closed = f.Closed(resolution=end.id, code=body.code, code_version=codes.version, follow_ups=follow_ups)
    return [Draft(data=closed, cycle=cycle), _survey(ticket, context, cycle)]


def _survey(ticket: Ticket, context: DecisionContext, cycle: int) -> Draft:
    """Request a survey on every close, except for a listed reason."""
    end, plan = ticket.triage.ends[cycle], context.policies.survey_plan
    reason = None
    if context.origin == "import" or ticket.intake.imported:
        reason = "imported"
    elif end.kind == "cancelled":
        reason = "cancelled"
    elif ticket.intake.kind in plan.not_applicable_kinds:
        reason = ticket.intake.kind
    elif ticket.intake.contact is None:
        reason = "no-contact"
    elif ticket.intake.caller_hold:
        reason = "contact-left"
    if reason:
        return Draft(data=cl.SurveyNotApplicable(reason=reason), cycle=cycle)
    survey = cl.SurveyRequested(survey=str(context.id), provider=plan.provider, contact=ticket.intake.contact)
    return Draft(data=survey, cycle=cycle)


def close_from_psa(event: Event[OutsideClosureNoticed], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Close a cycle that was closed in the PSA, decide on its survey, and raise an obligation per missing gate."""
    notice = event.data
    cycle = event.cycle or ticket.cycle
    end = ticket.triage.ends.get(cycle)
    if end is None or ticket.docs.closed.get(cycle) == end.id:
        return []
    asked = context.policies.gate_profile.of_ticket(ticket, cancelled=end.kind == "cancelled")
    missing = tuple(gate.gate for gate in open_gates(CLOSE, ticket, asked))
    closed = f.Closed(resolution=end.id, missing=missing)
    actor = Actor.parse(notice.psa_actor)
    drafts = [Draft(data=closed, cycle=cycle, time=event.time, mode=event.mode, actor=actor)]
    survey = _survey(ticket, context, cycle)
    drafts.append(Draft(data=survey.data, cycle=cycle, time=event.time, mode=event.mode))
    if event.origin == "import":
        return drafts
    return drafts + _obligations(missing, end.kind, ticket, context, event)


def _obligations(
    missing: tuple[str, ...], kind: str, ticket: Ticket, context: DecisionContext, event: Event[OutsideClosureNoticed]
) -> list[Draft]:
    owed = [OWED[gate] for gate in missing if gate in OWED]
    owed += ["code"] if kind == "resolved" else []
    days = context.policies.close_codes.obligation_business_days
    due, closer = business_days_later(event.time, days), _closer(event, ticket)
    raised = (f.ObligationRaised(what=what, owner=owner_of(what, ticket, closer), due=due) for what in owed)
    return [Draft(data=data, cycle=event.cycle, time=event.time) for data in raised]


def _closer(event: Event[OutsideClosureNoticed], ticket: Ticket) -> str:
    """The member of staff who closed the ticket, else the assignee, else the coordinator."""
    actor = Actor.parse(event.data.psa_actor)
    if actor.kind == "psa-member":
        return actor.id
    return ticket.triage.technician or "coordinator"
