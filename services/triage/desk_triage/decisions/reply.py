"""Judges a client's reply after the end of the ticket (step 17): it reopens the ticket, or needs nothing more."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.contract.bounds import Id
from desk.contract.event import Draft
from desk.contract.ticket.intake.slice import Reply
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends as en
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_triage.decisions.resolution import Route, ensure_within_window, reopening


class JudgeReply(TicketBody):
    message: Id = Field(description="The client's message, as `client-replied` names it")
    verdict: Literal["acknowledged", "reopen"]
    notes: str = Field("", max_length=10_000, description="With reopen: description of the remaining failure")
    route: Route = Field("diagnosis", description="With reopen: who goes on")


def judge_reply(body: JudgeReply, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the verdict on a message; `reopen` starts a new cycle. The first verdict on a message holds.

    The reply window counts up to the message, not up to its judgement.
    """
    if judged := ticket.triage.judged.get(body.message):
        return _judged_before(judged, body.verdict)
    reply, end = _reply(body.message, ticket), ticket.triage.end
    if end is None:
        raise Refusal("not_resolved", "A reply to an open ticket needs no judgement.", remedy="Go on with the work.")
    if reply.time <= end.time:
        remedy = "Judge messages that came after it."
        raise Refusal("invalid_field", "message: came before the end of the cycle.", remedy=remedy)
    verdict = Draft(data=en.ReplyJudged(message=body.message, verdict=body.verdict))
    if body.verdict == "acknowledged":
        return [verdict]
    ensure_within_window(reply.time, end, context)
    return [verdict, *reopening(end, "reply", body.route, body.notes or None, ticket, context)]


def _judged_before(judged: str, verdict: str) -> list[Draft]:
    """Nothing for the same verdict; refused for another one."""
    if judged == verdict:
        return []
    remedy = "Reopen the ticket with reopen." if verdict == "reopen" else "Keep the verdict; the ticket was reopened."
    raise Refusal("invalid_field", f"verdict: the message was judged {judged} already.", remedy=remedy)


def _reply(message: str, ticket: Ticket) -> Reply:
    reply = next((m for m in ticket.intake.messages if m.by_client and m.message == message), None)
    if reply is None:
        raise Refusal("invalid_field", f"message: {message!r} is no message of the client on this ticket.")
    if reply.auto:
        raise Refusal("invalid_field", f"message: {message!r} is an automatic reply, which needs no judgement.")
    return reply
