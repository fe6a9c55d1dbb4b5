"""Commands on pages of the person on call: request, acknowledge, judge."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.contract.bounds import Id
from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import escalation as es
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk_triage.decisions.paging.page_chain import AT_RISK, BY_HAND, at_risk, requested, withdrawn


class JudgePage(TicketBody):
    page: Id = Field(description="Id of the page, as in page-requested")
    verdict: Literal["needed", "unneeded"]


def page(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Page the first level of the policy `on-call`, and withdraw an earlier page that nobody acknowledged.

    A coordinator may page although the target is not at risk.
    """
    newest = ticket.triage.page
    if newest is not None and newest[1].open:
        raise Refusal("page_open", f"Level {newest[1].level} has not answered yet.", page=newest[0])
    risk = at_risk(ticket, context.policies.on_call)
    if not risk and Role.COORDINATOR not in context.roles:
        raise Refusal("not_at_risk")
    request = requested(str(context.id), 1, AT_RISK if risk else BY_HAND, ticket, context)
    return [*withdrawn(ticket, "paged-again"), *request]


def acknowledge(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Acknowledge the newest page in the caller's name. One that is over records nothing."""
    newest = ticket.triage.page
    if newest is None:
        raise Refusal("no_page", "Nobody was paged for this ticket.")
    identity, chain = newest
    if chain.over:
        return []
    return [Draft(data=es.PageAcknowledged(page=identity, level=chain.level, by=context.actor.id))]


def judge(body: JudgePage, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record whether a page was needed. The first verdict holds."""
    chain = ticket.triage.pages.get(body.page)
    if chain is None:
        raise Refusal("no_page", f"page: the ticket has no page {body.page!r}.")
    if chain.verdict == body.verdict:
        return []
    if chain.verdict:
        remedy = "Leave it; the first verdict holds."
        raise Refusal("invalid_field", f"verdict: the page was judged {chain.verdict} already.", remedy=remedy)
    return [Draft(data=es.PageJudged(page=body.page, verdict=body.verdict))]
