"""Fix and verification (steps 12 to 14), in attempts within the cycle."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.contract.bounds import Code, Id, Instant
from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.attempt import Attempt
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_triage.decisions.diagnosis import ready
from desk_triage.decisions.session import ensure_on_ticket
from desk_triage.decisions.work_rules import classes_of, ensure_permitted


class StartFix(TicketBody):
    asset_class: Code | None = None
    privileged: bool = Field(
        False,
        description="Whether the work is privileged: password or MFA reset, installation of a remote tool and the like",
    )


class RecordFix(TicketBody):
    what: str = Field(min_length=1, max_length=10_000)
    kind: fx.FixKind | None = Field(
        None,
        description="`cleared-itself`: an alert that cleared without work. `fulfilled`: a request. Default: `fulfilled`"
        " on a request, else `fix`",
    )
    where: str | None = Field(None, max_length=2000)
    user_present: bool = False
    session: Id | None = None
    asset_class: Code | None = Field(None, description="Class of the changed device, if not the linked one")
    privileged: bool = Field(False, description="Whether the work was privileged, as in start-fix")


class RevertFix(TicketBody):
    why: str = Field(min_length=1, max_length=2000)


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


def _next(ticket: Ticket) -> int:
    """The number of the attempt that a fix belongs to: a failed attempt opens the next, and so does one with a fix that
    the ticket's kind no longer allows.
    """
    attempt = ticket.triage.attempt
    over = attempt.failed or not fx.fits(attempt.what, ticket.intake.kind)
    return attempt.number + 1 if over else attempt.number


def start_fix(body: StartFix, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Start the fix.

    Privileged work needs a caller verified at level 2 and not expired; shared assets need a change.
    """
    ready(ticket, context)
    asset = ticket.intake.asset
    ensure_permitted(classes_of(ticket, body.asset_class), body.privileged, ticket, context)
    asset_class = body.asset_class or (asset.asset_class if asset else None)
    number, attempt = _next(ticket), ticket.triage.attempt
    if attempt.number == number and (attempt.started is not None or attempt.applied is not None):
        return []
    data = fx.FixStarted(device=asset.device if asset else None, asset_class=asset_class, privileged=body.privileged)
    return [Draft(data=data, cycle=ticket.cycle, attempt=number)]


def record_fix(body: RecordFix, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the change made and where. Each attempt has one fix; a failed attempt opens the next.

    A fix that was made is not refused: one that breaks a rule is recorded with that rule, and meets no gate.
    """
    ready(ticket, context)
    ensure_on_ticket(body.session, ticket)
    number, attempt = _next(ticket), ticket.triage.attempt
    if attempt.number == number and attempt.applied is not None:
        return []
    caller, kind = ticket.intake.caller, _kind(body, ticket)
    data = fx.FixApplied(
        what=body.what,
        kind=kind,
        where=body.where,
        user_present=body.user_present,
        session=body.session,
        violation=None if kind == "cleared-itself" else _broken(body, ticket, context),
        caller_level=caller.level if caller else 0,
    )
    return [Draft(data=data, cycle=ticket.cycle, attempt=number)]


def _kind(body: RecordFix, ticket: Ticket) -> fx.FixKind:
    of_ticket = ticket.intake.kind
    kind: fx.FixKind = body.kind or ("fulfilled" if of_ticket == "request" else "fix")
    if not fx.fits(kind, of_ticket):
        remedy = f"Leave kind out, or change the kind of the ticket to {fx.OF_KIND[kind]} (change-kind)."
        raise Refusal("invalid_field", f"kind: {kind} is for tickets of kind {fx.OF_KIND[kind]}.", remedy=remedy)
    return kind


def _broken(body: RecordFix, ticket: Ticket, context: DecisionContext) -> str | None:
    """The code of the rule that the fix breaks, as in the refusal of `start-fix`. The linked device, the start of the
    attempt and the record all count.
    """
    attempt = ticket.triage.attempt
    begun = attempt if attempt.number == _next(ticket) else Attempt()
    try:
        classes = classes_of(ticket, body.asset_class, begun.asset_class)
        ensure_permitted(classes, body.privileged or begun.privileged, ticket, context)
    except Refusal as refusal:
        return refusal.code
    return None


def _fixed(ticket: Ticket) -> Attempt:
    attempt = ticket.triage.attempt
    if attempt.applied is None or attempt.failed:
        raise Refusal("nothing_to_verify")
    return attempt


def verify_fix(body: VerifyFix, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that the failing action works: observed in a session, on site or by a monitor. Confirmation by the user is
    accepted only where the gate profile allows it.
    """
    attempt = _fixed(ticket)
    ensure_on_ticket(body.session, ticket)
    asked = context.policies.gate_profile.of_ticket(ticket).get("verification")
    seen = body.where is not None and (body.where != "session" or bool(body.session))
    if body.how == "observed" and not seen:
        raise Refusal("verbal_is_not_verification")
    if body.how == "user-confirmed" and asked != "user-confirmed":
        raise Refusal("verbal_is_not_verification")
    if attempt.verified is not None:
        return []
    data = fx.FixVerified(how=body.how, where=body.where, session=body.session)
    return [Draft(data=data, cycle=ticket.cycle, attempt=attempt.number)]


def fail_verification(body: FailVerification, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that the action still fails; the next fix opens a new attempt."""
    if ticket.triage.attempt.failed:
        return []
    attempt = _fixed(ticket)
    if not (body.what_failed and body.seen_by):
        raise Refusal("fail_notes_missing")
    data = fx.VerificationFailed(what_failed=body.what_failed, seen_by=body.seen_by, route=body.route)
    return [Draft(data=data, cycle=ticket.cycle, attempt=attempt.number)]


def revert_fix(body: RevertFix, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that the fix was reverted."""
    if ticket.triage.attempt.failed:
        return []
    attempt = _fixed(ticket)
    return [Draft(data=fx.FixReverted(why=body.why), cycle=ticket.cycle, attempt=attempt.number)]


def waive_verification(body: WaiveVerification, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Waive the verification for a listed reason; an absent user requires three dated tries."""
    attempt = _fixed(ticket)
    listed = context.policies.waiver_reasons.verification
    if body.reason not in listed:
        raise Refusal("reason_not_listed", f"reason: choose one of {', '.join(listed)}.")
    made = {at for at in body.tries if at <= context.now}
    if body.reason == "user-absent-three-attempts" and len(made) < 3:
        raise Refusal("reason_not_listed", "tries: an absent user requires three dated tries, none in the future.")
    if attempt.waived is not None or attempt.verified is not None:
        return []
    data = fx.VerificationWaived(reason=body.reason, tries=body.tries)
    return [Draft(data=data, cycle=ticket.cycle, attempt=attempt.number)]
