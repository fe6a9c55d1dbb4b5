"""The fix (step 12), in attempts within the cycle."""

from __future__ import annotations

from pydantic import Field

from desk.contract.bounds import Code, Id
from desk.contract.event import Draft, Payload
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.attempt import Attempt
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import LookupKey, Reads
from desk.decision.refusal import Json, Refusal
from desk.decision.repeats import content_hash, repeated
from desk_triage.decisions.diagnosis import ready
from desk_triage.decisions.session import ensure_on_ticket
from desk_triage.decisions.work_rules import Classes, classes_of, ensure_permitted


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
    where: str | None = Field(
        None,
        max_length=2000,
        description="Where it was changed. The class of a device of the client that is named here counts; without"
        " `where`, of one named in `what`",
    )
    user_present: bool = False
    session: Id | None = None
    asset_class: Code | None = Field(None, description="Class of the changed device, if not the linked one")
    privileged: bool = Field(False, description="Whether the work was privileged, as in start-fix")


NAMED: LookupKey[RecordFix, Classes] = LookupKey("named_devices")
"""The asset classes of the client's devices that the record of a fix names."""
RECORDING: Reads[RecordFix, Classes] = Reads(lambda _body, found: found.answer(NAMED), lookups=(NAMED,))


class RevertFix(TicketBody):
    why: str = Field(min_length=1, max_length=2000)


def _next(ticket: Ticket) -> int:
    """The number of the attempt that the next fix belongs to. A fix that stands, failed, or that the ticket's kind no
    longer allows has taken the current one.
    """
    attempt = ticket.triage.attempt
    taken = attempt.applied is not None or attempt.failed or not fx.fits(attempt.what, ticket.intake.kind)
    return attempt.number + 1 if taken else attempt.number


def _stands(ticket: Ticket) -> bool:
    """Whether the current attempt has a fix that did not fail, and that the ticket's kind allows."""
    attempt = ticket.triage.attempt
    return attempt.applied is not None and not attempt.failed and fx.fits(attempt.what, ticket.intake.kind)


def start_fix(body: StartFix, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Start the fix.

    Privileged work needs a caller verified at level 2 and not expired; shared assets need a change. The same start
    again records nothing; one that says more than the start that stands is refused, and so is one after the fix.
    """
    ready(ticket, context)
    asset = ticket.intake.asset
    ensure_permitted(classes_of(ticket, body.asset_class), body.privileged, ticket, context)
    asset_class = body.asset_class or (asset.asset_class if asset else None)
    number, attempt = _next(ticket), ticket.triage.attempt
    if _stands(ticket) or (attempt.number == number and attempt.started is not None):
        if asset_class in (None, *attempt.classes) and attempt.privileged >= body.privileged:
            return []
        remedy = "Record what else was done (record-fix), with its class and whether it was privileged."
        raise Refusal("already_recorded", "The fix was started otherwise.", remedy=remedy, recorded=_started(attempt))
    data = fx.FixStarted(device=asset.device if asset else None, asset_class=asset_class, privileged=body.privileged)
    return [Draft(data=data, cycle=ticket.cycle, attempt=number)]


def _started(attempt: Attempt) -> Json:
    return {"attempt": attempt.number, "asset_classes": [*attempt.classes], "privileged": attempt.privileged}


def record_fix(body: RecordFix, ticket: Ticket, named: Classes, context: DecisionContext) -> list[Draft]:
    """Record the change made and where. Each attempt has one fix; another fix opens the next, also one after a fix that
    stands. The same record again records nothing.

    A fix that was made is not refused: one that breaks a rule is recorded with that rule, and meets no gate.
    """
    ready(ticket, context)
    ensure_on_ticket(body.session, ticket)
    text_hash = content_hash(body, context)
    if _stands(ticket) and ticket.triage.attempt.text_hash == text_hash:
        return []
    caller, kind, number = ticket.intake.caller, _kind(body, ticket), _next(ticket)
    bound = ticket.triage.attempt.at(number)
    classes = classes_of(ticket, body.asset_class, *named, *bound.classes)
    privileged = body.privileged or bound.privileged
    data = fx.FixApplied(
        what=body.what,
        kind=kind,
        where=body.where,
        user_present=body.user_present,
        session=body.session,
        violation=None if kind == "cleared-itself" else _broken(classes, privileged, ticket, context),
        caller_level=caller.level if caller else 0,
        asset_classes=classes,
        privileged=privileged,
        text_hash=text_hash,
    )
    return [Draft(data=data, cycle=ticket.cycle, attempt=number)]


def _kind(body: RecordFix, ticket: Ticket) -> fx.FixKind:
    of_ticket = ticket.intake.kind
    kind: fx.FixKind = body.kind or ("fulfilled" if of_ticket == "request" else "fix")
    if not fx.fits(kind, of_ticket):
        remedy = f"Leave kind out, or change the kind of the ticket to {fx.OF_KIND[kind]} (change-kind)."
        raise Refusal("invalid_field", f"kind: {kind} is for tickets of kind {fx.OF_KIND[kind]}.", remedy=remedy)
    return kind


def _broken(classes: Classes, privileged: bool, ticket: Ticket, context: DecisionContext) -> str | None:
    """The code of the rule that the fix breaks, as in the refusal of `start-fix`."""
    try:
        ensure_permitted(classes, privileged, ticket, context)
    except Refusal as refusal:
        return refusal.code
    return None


def recorded_fix(ticket: Ticket) -> Attempt:
    """The attempt whose fix stands. Refused with `nothing_to_verify` where none does."""
    attempt = ticket.triage.attempt
    if attempt.applied is None or attempt.failed:
        raise Refusal("nothing_to_verify")
    return attempt


def revert_fix(body: RevertFix, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that the fix was reverted."""
    if ticket.triage.attempt.failed:
        return failed_before(fx.FixReverted, body, ticket, context)
    attempt = recorded_fix(ticket)
    data = fx.FixReverted(why=body.why, text_hash=content_hash(body, context))
    return [Draft(data=data, cycle=ticket.cycle, attempt=attempt.number)]


def failed_before(fact: type[Payload], body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Nothing when the attempt failed by this very fact; refused when it failed otherwise."""
    number, texts = ticket.triage.attempt.number, ticket.triage.texts
    return repeated(fact, ticket.cycle, number, body=body, texts=texts, context=context)
