"""Verification of a fix (step 13): observed, confirmed, failed or waived, within its attempt."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.contract.bounds import Code, Id, Instant
from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import fix as fx
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash, repeated
from desk_triage.decisions.attempts.fix import failed_before, recorded_fix
from desk_triage.decisions.dispatch import to_tier2
from desk_triage.decisions.session import ensure_on_ticket


class VerifyFix(TicketBody):
    how: Literal["observed", "user-confirmed"]
    where: Literal["session", "on-site", "monitor"] | None = None
    session: Id | None = None


class FailVerification(TicketBody):
    what_failed: str = Field("", max_length=10_000)
    seen_by: str = Field("", max_length=200)
    route: Literal["diagnosis", "tier2"] = "diagnosis"


class WaiveVerification(TicketBody):
    reason: Code
    tries: tuple[Instant, ...] = Field((), max_length=50)


def verify_fix(body: VerifyFix, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that the failing action works: observed in a session, on site or by a monitor. Confirmation by the user is
    accepted only where the gate profile allows it.
    """
    attempt = recorded_fix(ticket)
    ensure_on_ticket(body.session, ticket)
    asked = context.policies.gate_profile.of_ticket(ticket).get("verification")
    seen = body.where is not None and (body.where != "session" or bool(body.session))
    if body.how == "observed" and not seen:
        raise Refusal("verbal_is_not_verification")
    if body.how == "user-confirmed" and asked != "user-confirmed":
        raise Refusal("verbal_is_not_verification")
    if attempt.verified is not None:
        return repeated(
            fx.FixVerified, ticket.cycle, attempt.number, body=body, texts=ticket.triage.texts, context=context
        )
    said = content_hash(body, context)
    data = fx.FixVerified(how=body.how, where=body.where, session=body.session, text_hash=said)
    return [Draft(data=data, cycle=ticket.cycle, attempt=attempt.number)]


def fail_verification(body: FailVerification, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that the action still fails; the next fix opens a new attempt, on route `tier2` in a queue of Tier 2."""
    if ticket.triage.attempt.failed:
        return failed_before(fx.VerificationFailed, body, ticket, context)
    attempt = recorded_fix(ticket)
    if not (body.what_failed and body.seen_by):
        raise Refusal("fail_notes_missing")
    said = content_hash(body, context)
    data = fx.VerificationFailed(what_failed=body.what_failed, seen_by=body.seen_by, route=body.route, text_hash=said)
    placed = to_tier2(ticket, context) if body.route == "tier2" else []
    return [Draft(data=data, cycle=ticket.cycle, attempt=attempt.number), *placed]


def waive_verification(body: WaiveVerification, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Waive the verification for a listed reason; an absent user requires three dated tries."""
    attempt = recorded_fix(ticket)
    listed = context.policies.waiver_reasons.verification
    if body.reason not in listed:
        raise Refusal("reason_not_listed", f"reason: choose one of {', '.join(listed)}.")
    made = {at for at in body.tries if at <= context.now}
    if body.reason == "user-absent-three-attempts" and len(made) < 3:
        raise Refusal("reason_not_listed", "tries: an absent user requires three dated tries, none in the future.")
    if attempt.waived is not None or attempt.verified is not None:
        return repeated(
            fx.VerificationWaived, ticket.cycle, attempt.number, body=body, texts=ticket.triage.texts, context=context
        )
    data = fx.VerificationWaived(reason=body.reason, tries=body.tries, text_hash=content_hash(body, context))
    return [Draft(data=data, cycle=ticket.cycle, attempt=attempt.number)]
