"""Commands of diagnosis: start work, record reproductions and diagnostic steps, start and end waits."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from desk.contract.bounds import Code, Id, Instant, Reference
from desk.contract.event import Draft
from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage.incident_link import waits_for_incident
from desk.contract.ticket.triage.slice import Wait as RunningWait
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.planning import Due
from desk.decision.refusal import Refusal
from desk_triage.decisions.session import ensure_on_ticket
from desk_triage.decisions.work_rules import classes_of, may_touch

BEFORE_WORK = {"caller": "caller_unverified", "asset": "asset_missing", "priority": "priority_missing"}
"""Gates 1 to 3, each with its refusal before diagnosis."""


class RecordReproduction(TicketBody):
    result: Literal["reproduced", "not", "intermittent"]
    on_profile: bool | None = Field(None, description="Reproduced on the user's own profile")
    on_network: bool | None = Field(None, description="Reproduced on the user's own network")
    on_permissions: bool | None = Field(None, description="Reproduced with the user's own permissions")
    steps: str = Field("", max_length=10_000)
    observed: str = Field("", max_length=10_000)
    session: Id | None = None


class RecordDiagnostic(TicketBody):
    what: str = Field(min_length=1, max_length=10_000)
    result: str = Field(min_length=1, max_length=10_000)
    asset_class: Code | None = None


class RuleOut(TicketBody):
    cause: str = Field(min_length=1, max_length=500, examples=["The client's DNS server"])
    why: str = Field(min_length=1, max_length=2000, examples=["It answers in 2 ms from the user's own machine"])


VENDOR = r"^[a-z0-9][a-z0-9-]{0,63}$"


class Wait(TicketBody):
    on: Literal["client", "vendor", "schedule", "internal"]
    message: Id | None = Field(None, description="When waiting on the client: id of the message with the question")
    reference: Reference | None = Field(None, description="When waiting on a vendor: its case number")
    until: Instant | None = Field(None, description="When waiting for a date: that date")
    vendor: str | None = Field(
        None, max_length=64, pattern=VENDOR, description="When waiting on a vendor: its code in SLA policies"
    )


class Resume(TicketBody):
    wait: Id | None = Field(None, description="Wait to end. Default: every wait except parent and security")


def start_work(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the first work of this technician in the cycle; gates 1 to 3 must be met."""
    ready(ticket, context)
    technician = context.actor.id
    if (ticket.cycle, technician) in ticket.triage.worked:
        return []
    return [Draft(data=d.WorkStarted(technician=technician), cycle=ticket.cycle)]


def ready(ticket: Ticket, context: DecisionContext) -> None:
    """Refuse work before caller, asset and priority are recorded, as far as the gate profile demands them."""
    profile = context.policies.gate_profile.of_ticket(ticket)
    for gate in open_gates({name: RESOLVE[name] for name in BEFORE_WORK}, ticket, profile):
        raise Refusal(BEFORE_WORK[gate.gate], remedy=gate.remedy)


def record_reproduction(body: RecordReproduction, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record a reproduction. `reproduced` requires the user's own profile, network and permissions."""
    ready(ticket, context)
    ensure_not_explained(ticket)
    ensure_on_ticket(body.session, ticket)
    stated = {"on_profile": body.on_profile, "on_network": body.on_network, "on_permissions": body.on_permissions}
    missing = [name for name, value in stated.items() if value is None]
    missing += [name for name in ("steps", "observed") if not getattr(body, name)]
    if missing:
        rows = [(name, "triage", f"state {name} in record-reproduction") for name in missing]
        raise Refusal("not_a_reproduction", missing=rows)
    if body.result != "reproduced" or all(stated.values()):
        asset = ticket.intake.asset
        data = dx.ReproductionRecorded(
            entry=str(context.id),
            device=asset.device if asset else None,
            upn=asset.upn if asset else None,
            contact=ticket.intake.contact,
            **body.model_dump(exclude={"cycle"}),
        )
        return [Draft(data=data, cycle=ticket.cycle)]
    rows = [(name, "triage", "repeat it there") for name, value in stated.items() if not value]
    raise Refusal("not_a_reproduction", "It was not on the user's own profile, network and permissions.", missing=rows)


def ensure_not_explained(ticket: Ticket) -> None:
    """Refuse diagnosis of a ticket whose cause is that of an open incident."""
    if waits_for_incident(ticket.triage):
        raise Refusal("known_incident", f"The ticket waits for the incident {ticket.triage.incident}.")


def record_diagnostic(body: RecordDiagnostic, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record a diagnostic step; refused on asset classes that the tier may not work on."""
    ready(ticket, context)
    may_touch(classes_of(ticket, body.asset_class), context)
    data = dx.DiagnosticRecorded(
        entry=str(context.id), what=body.what, result=body.result, asset_class=body.asset_class
    )
    return [Draft(data=data, cycle=ticket.cycle)]


def rule_out(body: RuleOut, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record a cause that was ruled out, and why; an escalation hands it over."""
    ready(ticket, context)
    may_touch(classes_of(ticket), context)
    data = dx.CauseRuledOut(entry=str(context.id), cause=body.cause, why=body.why)
    return [Draft(data=data, cycle=ticket.cycle)]


def wait(body: Wait, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Start a wait: on the client after a question, on a vendor's case, until a date, or internal.

    It replaces a wait on the same that says something else, for example an earlier date.
    """
    running = {wait: w for wait, w in ticket.triage.waits.items() if w.on == body.on}
    if any(_same(body, w) for w in running.values()):
        return []
    _may_wait(body, ticket, context)
    details = body.model_dump(include={"on", "message", "reference", "until", "vendor"})
    over = [Draft(data=d.WaitingEnded(wait=wait)) for wait in running]
    return [*over, Draft(data=d.WaitingStarted(wait=str(context.id), **details))]


def _same(body: Wait, running: RunningWait) -> bool:
    """Whether the wait that runs is the one asked for; another message, date, vendor or case number replaces it."""
    asked = (body.message, body.until, body.reference, body.vendor)
    return asked == (running.message, running.until, running.reference, running.vendor)


def wait_over(due: Due, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """End a wait whose date has come, unless it has ended; nothing else would end it."""
    if due.key not in ticket.triage.waits:
        return []
    return [Draft(data=d.WaitingEnded(wait=due.key))]


def _may_wait(body: Wait, ticket: Ticket, context: DecisionContext) -> None:
    if body.on == "client":
        asked = {m.message for m in ticket.intake.answers}
        if body.message not in asked:
            raise Refusal("waiting_without_request")
        if ticket.triage.priority == "P1" and not context.policies.routing.p1_may_wait_on_client:
            raise Refusal("p1_cannot_wait_on_client")
    if body.vendor is not None and body.on != "vendor":
        raise Refusal("invalid_field", "vendor: goes with waiting on a vendor only.", remedy="Leave it out.")
    if body.on == "vendor" and not body.reference:
        raise Refusal("invalid_field", "reference: waiting on a vendor needs the vendor's case number.")
    if body.on == "schedule" and body.until is None:
        raise Refusal("invalid_field", "until: waiting for a date needs the date.")
    if body.until is not None and _past(body.until, context):
        raise Refusal("until_in_past")


def _past(until: datetime, context: DecisionContext) -> bool:
    return until <= context.now


def resume(body: Resume, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """End one wait, or all but parent and security. A wait that is not open records nothing."""
    waits = ticket.triage.waits
    if body.wait is not None:
        over = [body.wait] if body.wait in waits else []
    else:
        over = [wait for wait, w in waits.items() if w.on not in ("parent", "security")]
    return [Draft(data=d.WaitingEnded(wait=wait)) for wait in over]
