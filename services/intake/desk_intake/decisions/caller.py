"""Step 1: verify that the caller is a current contact, by match, by call-back or by their manager."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, NamedTuple

from pydantic import Field

from desk.contract.bounds import Code
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.streams.person import Contact, Person
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerRejected, CallerReplaced, CallerVerified
from desk.contract.ticket.ticket import Ticket
from desk.decision import reads
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import Aggregate, Found, Reads
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash, same
from desk_intake.decisions.opening import tier_of

LEVELS = {"match": 1, "call-back": 2, "manager": 3}
VALID = timedelta(hours=8)
VERIFIED = timedelta(days=7)
"""A number must have been on record this long before a call-back to it counts as proof."""


class VerifyCaller(TicketBody):
    contact: Code
    method: Literal["match", "call-back", "manager"]
    approved_by: Code | None = Field(None, description="Contact id of the approving manager")


class RejectCaller(TicketBody):
    claimed: str = Field(min_length=1, max_length=200)
    reason: Literal["terminated", "unknown", "not-authorised", "failed-challenge"]
    contact: Code | None = None


class VerifyingReads(NamedTuple):
    """The contact, the manager if one approves, and the ticket's client."""

    contact: Person
    manager: Person | None
    client: Client


def _concerned(body: VerifyCaller, client: str) -> tuple[Aggregate[object], ...]:
    people = dict.fromkeys(subject for subject in (body.contact, body.approved_by) if subject)
    return (*map(reads.person, people), reads.client(client))


def _verifying(body: VerifyCaller, found: Found) -> VerifyingReads:
    return VerifyingReads(
        contact=found.state(reads.person(body.contact)),
        manager=found.state(reads.person(body.approved_by)) if body.approved_by else None,
        client=found.state(reads.client(found.client)),
    )


VERIFYING = Reads(_verifying, _concerned)


def verify_caller(body: VerifyCaller, ticket: Ticket, found: VerifyingReads, context: DecisionContext) -> list[Draft]:
    """Verify a current contact of the ticket's client, and capture the tier in force when the ticket was opened."""
    contact = _current(found.contact, ticket)
    named = _named(body.contact, ticket)
    if body.method == "call-back":
        changed = contact.numbers_changed
        if changed is not None and context.now - changed < VERIFIED:
            raise Refusal("number_recently_changed")
    if body.method == "manager":
        _approved(body, ticket, found.manager)
    level = LEVELS[body.method]
    caller = ticket.intake.caller
    if caller is not None and _verified_already(body.contact, contact.revision, level, ticket, context):
        return same(caller.method == body.method, method=caller.method, level=caller.level)
    data = CallerVerified(
        challenge=str(context.id),
        contact=body.contact,
        method=body.method,
        level=level,
        may=contact.may,
        contact_revision=contact.revision,
        expires=context.now + VALID,
    )
    return [*named, Draft(data=data), *_tier(ticket, found.client)]


def _named(subject: str, ticket: Ticket) -> list[Draft]:
    """Name the requester of a ticket that has none. Another requester is named by replace-caller, never in passing."""
    i = ticket.intake
    if i.contact == subject:
        return []
    if i.contact is not None:
        remedy = "Replace the requester first (replace-caller), then verify them."
        raise Refusal("invalid_field", "contact: the ticket has another requester.", remedy=remedy, field="contact")
    return [Draft(data=CallerReplaced(before=None, after=subject, revision=i.revisions + 1))]


def _verified_already(subject: str, revision: str, level: int, ticket: Ticket, context: DecisionContext) -> bool:
    current = ticket.intake.caller
    if current is None or (current.contact, current.contact_revision) != (subject, revision):
        return False
    return current.level >= level and current.expires > context.now


def _current(person: Person, ticket: Ticket) -> Contact:
    contact = person.contact
    if not contact.revision or contact.client != ticket.intake.client:
        raise Refusal("contact_unknown")
    if not contact.current:
        raise Refusal("contact_terminated")
    return contact


def _approved(body: VerifyCaller, ticket: Ticket, manager: Person | None) -> None:
    if manager is None or body.approved_by == body.contact:
        raise Refusal("invalid_field", "approved_by: name the manager, another contact of the client.")
    _current(manager, ticket)


def _tier(ticket: Ticket, client: Client) -> list[Draft]:
    opened_at = ticket.intake.opened_at
    if ticket.intake.tier is not None or not client.revision or opened_at is None:
        return []
    return [Draft(data=tier_of(ticket.intake.client, client, opened_at))]


def reject_caller(body: RejectCaller, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Reject the caller's claim: a hard stop."""
    said = content_hash(body, context)
    if ticket.intake.rejected == said:
        return []
    data = CallerRejected(
        attempt_id=str(context.id), claimed=body.claimed, reason=body.reason, psa_match=body.contact, text_hash=said
    )
    return [Draft(data=data)]


class ReplaceCaller(TicketBody):
    contact: Code


class ClearHold(TicketBody):
    reason: str = Field("", max_length=2000)


REPLACING: Reads[ReplaceCaller, Person] = Reads(
    gather=lambda body, found: found.state(reads.person(body.contact)),
    aggregates=lambda body, _client: (reads.person(body.contact),),
)
"""The contact that becomes the requester."""


def replace_caller(body: ReplaceCaller, ticket: Ticket, person: Person, context: DecisionContext) -> list[Draft]:
    """Make another contact of the same client the requester; they must be verified."""
    if ticket.intake.contact == body.contact and not ticket.intake.caller_hold:
        return []
    _current(person, ticket)
    data = CallerReplaced(before=ticket.intake.contact, after=body.contact, revision=ticket.intake.revisions + 1)
    return [Draft(data=data)]


def clear_hold(body: ClearHold, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Lift the caller hold, with a reason."""
    if not ticket.intake.caller_hold:
        return []
    if not body.reason:
        raise Refusal("reason_missing")
    data = CallerHoldCleared(contact=ticket.intake.contact or "", revision=str(context.id), reason=body.reason)
    return [Draft(data=data)]
