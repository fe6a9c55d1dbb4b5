"""Owes an answer to a client who writes after the end of the ticket; the message alone does not reopen it."""

from __future__ import annotations

from desk.calendars.business_days import business_days_later
from desk.contract.event import Draft, Event
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.docs.slice import Obligation
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.contract.ticket.triage.ends import ReplyJudged
from desk.decision.context import DecisionContext
from desk_docs.decisions.obligations import complete


def reply_owed(event: Event[ClientReplied], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Owe one answer, however often the client writes after the end of the current cycle."""
    reply = event.data
    end, cycle = ticket.triage.end, ticket.cycle
    elsewhere = status(ticket) in (Status.MERGED, Status.GONE)
    if reply.auto or ticket.intake.imported or elsewhere or end is None or event.time <= end.time:
        return []
    if reply.message in ticket.triage.judged or _owed(ticket) is not None:
        return []
    days = context.policies.close_codes.obligation_business_days
    owner = end.technician or ticket.triage.technician or "coordinator"
    raised = f.ObligationRaised(what="reply", owner=owner, due=business_days_later(event.time, days))
    return [Draft(data=raised, cycle=cycle, time=event.time)]


def reply_given(event: Event[ReplySent], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Meet the obligation when a person answered the client in public, after the client wrote.

    A call that is logged later counts at its own time, and does not answer what the client wrote after it.
    """
    reply = event.data
    answers = reply.author == "human" and reply.audience == "public" and reply.to_requester
    if not answers or _owed(ticket) is None or unanswered(ticket):
        return []
    cycle = ticket.cycle
    met = f.ObligationMet(what="reply", evidence=event.id)
    return [Draft(data=met, cycle=cycle), *complete(ticket, cycle, frozenset(("reply",)))]


def reply_judged(event: Event[ReplyJudged], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Meet the obligation when a person judged each message after the end as one that needs no answer."""
    if event.data.verdict != "acknowledged" or _owed(ticket) is None or unanswered(ticket):
        return []
    cycle = ticket.cycle
    met = f.ObligationMet(what="reply", evidence=event.id)
    return [Draft(data=met, cycle=cycle), *complete(ticket, cycle, frozenset(("reply",)))]


def reply_lost(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Owe the answer again when it was not delivered and no other reply answers the client's message."""
    end, cycle = ticket.triage.end, ticket.cycle
    elsewhere = status(ticket) in (Status.MERGED, Status.GONE)
    recorded = ticket.docs.obligations.get(f"reply|{cycle}")
    if ticket.intake.imported or elsewhere or end is None or recorded is None or recorded.state != "met":
        return []
    if not unanswered(ticket):
        return []
    days = context.policies.close_codes.obligation_business_days
    due = business_days_later(event.time, days)
    return [Draft(data=f.ObligationRaised(what="reply", owner=recorded.owner, due=due), cycle=cycle, time=event.time)]


def unanswered(ticket: Ticket) -> bool:
    """Whether the client wrote after the end a message that was neither judged nor followed by an answer.

    The summary of the resolution is no answer: it may have been written before the client's message was read.
    """
    end, said, undelivered = ticket.triage.end, ticket.intake.messages, ticket.intake.undelivered
    if end is None or ticket.intake.imported:
        return False
    judged = ticket.triage.judged
    words = [(at, m) for at, m in enumerate(said) if m.by_client and not m.auto and m.time > end.time]
    asked = [(at, m.time) for at, m in words if m.message not in judged]
    if not asked:
        return False
    newest = max(time for _at, time in asked)
    after = (m for m in said[asked[-1][0] :] if m.counts and not m.summary and m.time >= newest)
    return all(m.message in undelivered for m in after)


def _owed(ticket: Ticket) -> Obligation | None:
    recorded = ticket.docs.obligations.get(f"reply|{ticket.cycle}")
    return recorded if recorded is not None and recorded.state != "met" else None
