"""Merges a ticket into another one about the same problem, and undoes it. Pure."""

from __future__ import annotations

from pydantic import Field

from desk.contract.bounds import TicketId
from desk.contract.event import Draft
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision import reads
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import Reads
from desk.decision.refusal import Refusal

ENDED = frozenset({Status.CLOSED, Status.CANCELLED})
"""A ticket that has ended so continues no other one before it is reopened."""


class MergeTicket(TicketBody):
    root: TicketId = Field(description="Ticket that continues this one")
    reason: str = Field(min_length=1, max_length=2000, description="Why both are about the same problem")


class UnmergeTicket(TicketBody):
    reason: str = Field(min_length=1, max_length=2000, description="Why the ticket goes on by itself")


MERGING: Reads[MergeTicket, Ticket] = Reads(
    gather=lambda body, found: found.state(reads.ticket(body.root)),
    aggregates=lambda body, _client: (reads.ticket(body.root),),
)
"""The ticket to merge into."""


def merge_ticket(body: MergeTicket, ticket: Ticket, root: Ticket, context: DecisionContext) -> list[Draft]:
    """Merge the ticket into `root`, which then absorbs it and every ticket that it had absorbed.

    Nothing is moved: messages, time and evidence stay where they were recorded. A ticket that is merged into the root
    already records nothing.
    """
    i = ticket.intake
    if i.merged_into == body.root:
        return []
    if i.merged_into is not None:
        raise Refusal("ticket_merged", root=i.merged_into)
    _ensure_root(body, ticket, root, context)
    into, why = f.MergedInto(root=body.root, evidence=body.reason), body.reason
    handed_over = [Draft(data=f.Unmerged(other=lost, evidence=why)) for lost in i.absorbed]
    moved = [Draft(data=into, subject=lost) for lost in i.absorbed]
    absorbed = (context.subject, *i.absorbed)
    gained = [Draft(data=f.MergeAbsorbed(loser=lost, evidence=why), subject=body.root) for lost in absorbed]
    return [*handed_over, Draft(data=into), *moved, *gained]


def _ensure_root(body: MergeTicket, ticket: Ticket, root: Ticket, context: DecisionContext) -> None:
    """Refuse a root that cannot continue the ticket; its client is compared before anything else is said of it."""
    if body.root == context.subject:
        raise Refusal("merge_cycle", "root: it is this ticket.", remedy="Name another ticket.")
    now = status(root)
    if now is Status.UNKNOWN or root.intake.client != ticket.intake.client:
        raise Refusal("unknown_ticket", f"root: the client has no ticket {body.root!r}.")
    if now is Status.MERGED and root.intake.merged_into == context.subject:
        raise Refusal("merge_cycle", "root: it was merged into this ticket.")
    if now is Status.MERGED:
        raise Refusal("ticket_merged", "root: it was merged itself.", root=root.intake.merged_into)
    if now is Status.GONE:
        raise Refusal("ticket_gone", "root: its PSA record is gone.")
    if now in ENDED:
        raise Refusal("ticket_closed", f"root: it is {now}; reopen it first.")


def unmerge_ticket(body: UnmergeTicket, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Undo the merge: the ticket goes on where it was. A ticket that is not merged records nothing.

    A merge that was made in the PSA stands while the PSA shows it. Tickets that this one had absorbed stay with the
    root; each is unmerged by itself.
    """
    root = ticket.intake.merged_into
    if root is None:
        return []
    if ticket.intake.merged_in_psa:
        raise Refusal("psa_cannot_unmerge")
    ours = f.Unmerged(other=root, evidence=body.reason)
    return [Draft(data=ours), Draft(data=f.Unmerged(other=context.subject, evidence=body.reason), subject=root)]
