"""Runbook gaps, sign-off and follow-ups (steps 20 and 21)."""

from __future__ import annotations

from pydantic import Field

from desk.contract.bounds import Code, Id, Instant, Reference
from desk.contract.event import Draft
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash, repeated, same


class RaiseGap(TicketBody):
    kind: str = Field(min_length=1, max_length=50)
    basis: str = Field(min_length=1, max_length=2000)


class UpdateGap(TicketBody):
    gap: Id
    document: Id
    revision: Code


class WaiveGap(TicketBody):
    gap: Id | None = Field(None, description="Raised gap. Leave it out to record that there was no gap")
    reason: Code = "no-gap"


class SignOff(TicketBody):
    statement_version: Code = "1"


class RaiseFollowUp(TicketBody):
    kind: str = Field(min_length=1, max_length=50)
    owner: Code
    due: Instant
    ref: Reference = ""
    note: str = Field("", max_length=2000)


class EndFollowUp(TicketBody):
    follow_up: Id
    reason: str = Field("", max_length=2000)


def raise_gap(body: RaiseGap, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Raise a gap for a missing or wrong document; it is owed until it is updated or waived."""
    return [Draft(data=f.RunbookGapRaised(gap=str(context.id), kind=body.kind, basis=body.basis))]


def update_gap(body: UpdateGap, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that the document was updated."""
    if _gap(body.gap, ticket) != "open":
        return repeated(f.RunbookUpdated, body.gap, body=body, texts=ticket.docs.gap_texts, context=context)
    said = content_hash(body, context)
    data = f.RunbookUpdated(gap=body.gap, document=body.document, revision=body.revision, text_hash=said)
    return [Draft(data=data)]


def waive_gap(body: WaiveGap, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that no document is needed. Technicians record that there was no gap; coordinators waive a raised one."""
    reasons = context.policies.waiver_reasons.runbook
    if body.reason not in reasons:
        raise Refusal("reason_not_listed", f"reason: choose one of {', '.join(reasons)}.")
    if body.gap is None:
        if ticket.docs.gaps:
            return []
        return [_waived("none", "no-gap", context)]
    if Role.COORDINATOR not in context.roles:
        raise Refusal("forbidden_role", "A raised gap is waived by the coordinator.")
    if _gap(body.gap, ticket) != "open":
        return repeated(f.RunbookWaived, body.gap, body=body, texts=ticket.docs.gap_texts, context=context)
    return [_waived(body.gap, body.reason, context, content_hash(body, context))]


def _waived(gap: str, reason: str, context: DecisionContext, said: str = "") -> Draft:
    return Draft(data=f.RunbookWaived(gap=gap, reason=reason, by=context.actor.id, text_hash=said))


def _gap(gap: str, ticket: Ticket) -> str:
    state = ticket.docs.gaps.get(gap)
    if state is None:
        raise Refusal("invalid_field", f"gap: {gap!r} was not raised on this ticket.")
    return state


def sign_off(body: SignOff, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Sign off the work: the technician of the resolution, or a coordinator in their place."""
    end = ticket.triage.end
    if end is None or end.kind != "resolved":
        raise Refusal("not_resolved")
    who = context.actor.id
    signed = ticket.docs.signoffs.get(ticket.cycle, ())
    if who in signed:
        return []
    if who != end.technician and Role.COORDINATOR not in context.roles:
        raise Refusal("not_your_work", f"The resolution is booked to {end.technician or 'nobody'}.")
    return [Draft(data=f.SignedOff(technician=who, statement_version=body.statement_version), cycle=ticket.cycle)]


def raise_follow_up(body: RaiseFollowUp, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Raise work that remains after the ticket, with an owner and a date."""
    data = f.FollowUpRaised(
        follow_up=str(context.id), kind=body.kind, owner=body.owner, due=body.due, ref=body.ref, note=body.note
    )
    return [Draft(data=data)]


def complete_follow_up(body: EndFollowUp, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that a follow-up was done."""
    if (state := _state(body.follow_up, ticket)) != "open":
        return same(state == "completed", state=state)
    return [Draft(data=f.FollowUpCompleted(follow_up=body.follow_up, by=context.actor.id))]


def drop_follow_up(body: EndFollowUp, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Drop a follow-up, with a reason."""
    if not body.reason:
        raise Refusal("reason_missing")
    if (state := _state(body.follow_up, ticket)) != "open":
        return same(state == "dropped", state=state)
    return [Draft(data=f.FollowUpDropped(follow_up=body.follow_up, by=context.actor.id, reason=body.reason))]


def _state(follow_up: str, ticket: Ticket) -> str:
    recorded = ticket.docs.follow_ups.get(follow_up)
    if recorded is None:
        raise Refusal("invalid_field", f"follow_up: {follow_up!r} was not raised on this ticket.")
    return recorded.state
