"""Step 5: open a ticket at the time of contact, with the contract in force and a concise problem statement. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from desk.contract.bounds import Code, Instant, TicketId
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.streams.person import Person
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.assets import AssetLinkWaived
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.ticket import Ticket
from desk.decision import reads
from desk.decision.command import Body, TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import Aggregate, Found, LookupKey, Reads
from desk.decision.refusal import Refusal
from desk.decision.repeats import same

SOON = 120
"""Seconds that a time may lie in the future, to allow for clock skew."""


class OpenTicket(Body):
    client: Code
    problem: str = Field(min_length=1, max_length=100, description="The problem in one sentence")
    kind: f.Kind = Field("incident", description="Kind of ticket: its gate profile defines what it needs")
    channel: Literal["phone", "email", "portal", "chat", "in-person"] = "phone"
    contact: Code | None = None
    description: str | None = Field(None, max_length=50_000)
    symptom: Code | None = None
    opened_at: Instant | None = Field(None, description="Time of contact; default now")
    onset_at: Instant | None = None
    reported_hostname: str | None = Field(None, max_length=255)
    reported_upn: str | None = Field(None, max_length=255)
    follows: TicketId | None = None
    not_a_duplicate: str = Field("", max_length=500, description="Reason why this is no duplicate of the candidates")


class RestateProblem(TicketBody):
    statement: str = Field(min_length=1, max_length=100)
    symptom: Code | None = None


class ChangeKind(TicketBody):
    kind: f.Kind
    reason: str = Field("", max_length=2000)


class Adopt(TicketBody):
    cut_over: Instant | None = Field(None, description="Time from which timers are armed; default now")


class OpeningReads(NamedTuple):
    """The client, the contact if one is named, open tickets of the same contact and symptom, and the instance and board
    in which the ticket gets its record."""

    client: Client
    contact: Person | None
    open_tickets: tuple[str, ...]
    destination: str | None


OPEN_TICKETS: LookupKey[OpenTicket, tuple[str, ...]] = LookupKey("open_tickets")
DESTINATION: LookupKey[Body, str | None] = LookupKey("destination")


def _concerned(body: OpenTicket, _client: str) -> tuple[Aggregate[object], ...]:
    contact = (reads.person(body.contact),) if body.contact else ()
    return (reads.client(body.client), *contact)


def _opening(body: OpenTicket, found: Found) -> OpeningReads:
    return OpeningReads(
        client=found.state(reads.client(body.client)),
        contact=found.state(reads.person(body.contact)) if body.contact else None,
        open_tickets=found.answer(OPEN_TICKETS),
        destination=found.answer(DESTINATION),
    )


OPENING = Reads(_opening, _concerned, (OPEN_TICKETS, DESTINATION))


def open_ticket(body: OpenTicket, ticket: Ticket, found: OpeningReads, context: DecisionContext) -> list[Draft]:
    """Record the new ticket, the client's tier and agreement at that time, and the problem statement."""
    if ticket.intake.exists:
        return []
    client = found.client
    if not client.revision:
        raise Refusal("invalid_field", f"client: {body.client!r} is not known.", remedy="Use the id of a known client.")
    _contact_fits(body, found.contact)
    if found.open_tickets and not body.not_a_duplicate:
        raise Refusal("psa_duplicate", candidates=list(found.open_tickets))
    opened_at = body.opened_at or context.now
    if (opened_at - context.now).total_seconds() > SOON:
        raise Refusal("invalid_field", "opened_at: it lies in the future.", remedy="Give the time of contact.")
    fields = body.model_dump(exclude={"opened_at", "symptom", "not_a_duplicate"})
    fact = f.TicketOpened(
        **fields,
        profile=body.kind,
        command=str(context.id),
        opened_at=opened_at,
        destination=found.destination,
        zone=client.zone,
    )
    return [
        Draft(data=fact, time=opened_at),
        Draft(data=tier_of(body.client, client, opened_at)),
        Draft(data=restated(body.problem, body.symptom, context)),
        *waived_asset(body.kind, ticket),
        *_held(body, found.contact),
    ]


def _held(body: OpenTicket, person: Person | None) -> list[Draft]:
    """The hold of a ticket that is opened for a contact who left already."""
    left = person.contact.terminated if person is not None else None
    if person is None or body.contact is None or left is None:
        return []
    return [Draft(data=CallerRevoked(contact=body.contact, revision=person.contact.revision, source=left))]


def waived_asset(kind: f.Kind, ticket: Ticket) -> list[Draft]:
    """The waiver that a request gets by itself: it has no failing device. A device can still be linked."""
    i = ticket.intake
    if kind != "request" or i.asset is not None or i.asset_waived is not None:
        return []
    return [Draft(data=AssetLinkWaived(reason=kind))]


def _contact_fits(body: OpenTicket, person: Person | None) -> None:
    if person is None:
        return
    if not person.contact.revision or person.contact.client != body.client:
        raise Refusal("contact_unknown", f"contact: {body.contact!r} is no contact of this client.")


def tier_of(client_id: str, client: Client, at: datetime) -> f.ClientTierCaptured:
    """Capture the contract in force at that time; the tier is `none` if the client has none."""
    key = client.agreement(at)
    agreement = client.agreements.get(key) if key else None
    return f.ClientTierCaptured(
        client=client_id,
        tier=client.tier(at) or "none",
        as_of=at,
        agreement=key,
        version=agreement.revision if agreement else "",
        calendar=agreement.calendar if agreement else None,
        zone=client.zone,
    )


def restated(statement: str, symptom: str | None, context: DecisionContext) -> f.ProblemRestated:
    """The problem statement, with the keyed hash by which a repeat of it is recognized."""
    return f.ProblemRestated(statement=statement, text_hash=context.fingerprint(statement), symptom=symptom)


def restate_problem(body: RestateProblem, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Replace the problem statement; records nothing if it is the current one."""
    data = restated(body.statement, body.symptom, context)
    same = data.text_hash == ticket.intake.problem_hash and body.symptom in (None, ticket.intake.symptom)
    return [] if same else [Draft(data=data)]


def change_kind(body: ChangeKind, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Change the kind, and so the gates that apply; a quick ticket must be P3 or P4, a request needs no device."""
    if ticket.intake.kind == body.kind:
        return []
    if not body.reason:
        raise Refusal("reason_missing")
    if body.kind == "quick" and ticket.triage.priority in ("P1", "P2"):
        raise Refusal("kind_too_small")
    data = f.KindChanged(
        before=ticket.intake.kind,
        after=body.kind,
        profile=body.kind,
        reason=body.reason,
        revision=ticket.intake.revisions + 1,
    )
    return [Draft(data=data), *waived_asset(body.kind, ticket)]


def adopt_ticket(body: Adopt, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Take over an imported open ticket into live operation."""
    adopted = ticket.intake.adopted
    if adopted is not None:
        return same(body.cut_over in (None, adopted), cut_over=adopted.isoformat())
    if ticket.intake.origin != "import":
        raise Refusal("not_imported")
    data = f.TicketAdopted(source=ticket.intake.instance or "", cut_over=body.cut_over or context.now)
    return [Draft(data=data, mode="process", origin="live")]
