"""The course of a page by itself: requested at risk, escalated level by level, withdrawn, answered by the vendor."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.event import Draft, Event
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.sla import facts as sla
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage.slice import PageChain, PageStep
from desk.decision.context import DecisionContext
from desk.decision.planning import Due
from desk.decision.policies.triage import OnCall
from desk_integrations.kinds.paging import PageState

AT_RISK, BY_HAND, NEXT_LEVEL = "response-at-risk", "by-hand", "not-acknowledged"
NOT_CONFIGURED = "not-configured"
OVER: Mapping[Status, str] = {
    Status.UNKNOWN: "ticket-unknown",
    Status.MERGED: "ticket-merged",
    Status.GONE: "ticket-gone",
    Status.RESOLVED: "ticket-resolved",
    Status.CANCELLED: "ticket-cancelled",
    Status.CLOSED: "ticket-closed",
}
"""States of a ticket in which nobody is paged -> the reason for which its page is withdrawn."""
REACHED: frozenset[PageStep] = frozenset(("sent", "delivered", "escalated", "acknowledged"))
"""Steps of a level that the vendor took, or may have taken: a level may be escalated before it is sent."""
Risk = sla.ThresholdReached | d.PriorityAssessed | d.PriorityOverridden
End = en.Resolved | en.Cancelled | i.MergedInto | PsaGone


def at_risk(ticket: Ticket, policy: OnCall) -> bool:
    """Whether the response is at risk: so much of its target has passed as the policy says, or all of it."""
    priority, clock = ticket.triage.priority, ticket.sla.clock("response", ticket.cycle)
    limit = None if priority is None else policy.at_risk.get(priority)
    if limit is None or clock is None or clock.cancelled is not None or clock.paused:
        return False
    if clock.verdict is not None:
        return clock.verdict.kind == "breached"
    return any(percent >= limit for percent, _revision in clock.thresholds)


def requested(page: str, level: int, reason: str, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The request of a level; it fails at once where no paging vendor serves the client."""
    client = ticket.intake.client
    schedule = context.policies.on_call.of(client)[level - 1].schedule
    instance = next(iter(context.sources.configured("paging", client)), "")
    request = Draft(data=es.PageRequested(page=page, level=level, schedule=schedule, reason=reason, instance=instance))
    if instance:
        return [request]
    return [request, Draft(data=es.PageFailed(page=page, level=level, why=NOT_CONFIGURED))]


def page_at_risk(event: Event[Risk], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Page when the response is at risk, where a paging vendor serves the client, until a page of the cycle is sent."""
    if event.origin != "live" or ticket.intake.imported or status(ticket) in OVER or _paged(ticket):
        return []
    if isinstance(event.data, sla.ThresholdReached) and event.data.historic:
        return []
    configured = context.sources.configured("paging", ticket.intake.client)
    if not configured or not at_risk(ticket, context.policies.on_call):
        return []
    return requested(str(context.id), 1, AT_RISK, ticket, context)


def level_over(due: Due, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Escalate a level whose minutes are over, unless it was answered or another one was paged.

    A page whose reason has gone is withdrawn instead.
    """
    page, _, level = due.key.rpartition("|")
    chain = ticket.triage.pages.get(page)
    if chain is None or not chain.open or chain.level != int(level) or status(ticket) in OVER:
        return []
    gone = _reason_gone(chain, ticket)
    if gone is not None:
        return [Draft(data=es.PageWithdrawn(page=page, level=chain.level, why=gone))]
    escalated = Draft(data=es.PageEscalated(page=page, level=chain.level))
    return [escalated, *_next_level(page, chain, ticket, context)]


def level_failed(event: Event[es.PageFailed], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Page the next level at once where the vendor refuses a page."""
    chain = ticket.triage.pages.get(event.data.page)
    if chain is None or chain.over or chain.level != event.data.level or status(ticket) in OVER:
        return []
    if event.data.why == NOT_CONFIGURED or chain.step != "failed":
        return []
    return _next_level(event.data.page, chain, ticket, context)


def withdraw_at_end(event: Event[End], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Withdraw the newest page of a ticket that has ended or is gone, unless it was acknowledged."""
    return withdrawn(ticket, OVER.get(status(ticket), "ticket-ended"))


def withdrawn(ticket: Ticket, why: str) -> list[Draft]:
    """The withdrawal of the newest page; none of one that is over, or all of whose levels failed."""
    newest = ticket.triage.page
    if newest is None or newest[1].over:
        return []
    page, chain = newest
    level = max((level for level, step in chain.levels.items() if step != "failed"), default=None)
    return [] if level is None else [Draft(data=es.PageWithdrawn(page=page, level=level, why=why))]


def obsolete(page: str, level: int, ticket: Ticket) -> str | None:
    """The reason for which a level is not to be paged any more; None: it is."""
    newest = ticket.triage.page
    if newest is None or newest[0] != page:
        return "another-page"
    chain = newest[1]
    if chain.over:
        return "acknowledged" if chain.acknowledged_by else "withdrawn"
    if status(ticket) in OVER:
        return OVER[status(ticket)]
    if chain.level != level:
        return "next-level"
    return _reason_gone(chain, ticket)


def awaited(page: str, ticket: Ticket) -> bool:
    """Whether an answer to any level of a page is still awaited: also one to a level that was escalated."""
    chain = ticket.triage.pages.get(page)
    return chain is not None and not chain.over and status(ticket) not in OVER


def record_state(page: str, level: int, found: PageState, ticket: Ticket) -> list[Draft]:
    """Record that a level reached a device, and that a person took it, as the vendor reports.

    A person who resolves a level without acknowledging it has taken it. If the newest level is resolved by no person,
    the page is withdrawn.
    """
    chain = ticket.triage.pages.get(page)
    if chain is None or chain.over:
        return []
    drafts = []
    evidence = delivery(found)
    if evidence is not None and chain.levels.get(level) in ("requested", "sent"):
        drafts.append(Draft(data=es.PageDelivered(page=page, level=level, evidence=evidence)))
    person = found.resolved_by or next(iter(found.acknowledged_by), None)
    if found.status != "triggered" and person is not None:
        drafts.append(Draft(data=es.PageAcknowledged(page=page, level=level, by=person.external)))
    elif found.status == "resolved" and level == chain.level:
        drafts.append(Draft(data=es.PageWithdrawn(page=page, level=level, why="resolved-at-vendor")))
    return drafts


def delivery(found: PageState) -> str | None:
    """The vendor's id of the first notification that reached a device."""
    return next((one.id for one in found.notifications if one.delivered), None)


def _next_level(page: str, chain: PageChain, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    if chain.level >= len(context.policies.on_call.of(ticket.intake.client)):
        return []
    return requested(page, chain.level + 1, NEXT_LEVEL, ticket, context)


def _reason_gone(chain: PageChain, ticket: Ticket) -> str | None:
    """The reason for which a page at risk is not needed any more; None: it is. One by hand always is."""
    if chain.reason != AT_RISK:
        return None
    clock = ticket.sla.clock("response", ticket.cycle)
    if clock is not None and clock.verdict is not None and clock.verdict.kind == "met":
        return "response-given"
    return "priority-lowered" if ticket.triage.priority not in ("P1", "P2") else None


def _paged(ticket: Ticket) -> bool:
    """Whether a page of this cycle reached somebody, or still may."""
    reopened = ticket.triage.reopened
    pages = ticket.triage.pages.values()
    own = [chain for chain in pages if not reopened or chain.requested_at >= reopened[-1].time]
    return any(chain.open or not REACHED.isdisjoint(chain.levels.values()) for chain in own)
