"""Logs, corrects and moves labour (step 19). Technicians change their own, billing everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from pydantic import Field

from desk.contract.bounds import Code, Instant, Minutes, TicketId
from desk.contract.event import Draft
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision import reads
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.reads import LookupKey, Reads
from desk.decision.refusal import Refusal
from desk.decision.repeats import same
from desk_billing.decisions.observing import essence, whole_minutes
from desk_billing.decisions.overlapping import Stretch, ensure_apart
from desk_billing.decisions.period import ensure_open
from desk_billing.decisions.plausible import ensure_plausible

SOON, LATE = timedelta(minutes=2), timedelta(minutes=15)


class LogTime(TicketBody):
    start: Instant
    end: Instant
    minutes: Minutes | None = Field(
        None, description="Worked minutes without breaks. Default: the whole time from start to end"
    )
    role: str = Field("", max_length=100, description="Role of the rate card. Default: the card's default role")
    work_type: str = Field("", max_length=100)
    billable: str = Field("", max_length=50, description="Billable option of the PSA, e.g. DoNotBill")
    note: str = Field("", max_length=10_000)
    technician: Code | None = Field(None, description="Technician, when billing logs for somebody else")
    reason: str = Field(
        "", max_length=2000, description="Reason, required when the work ended more than 15 minutes ago"
    )
    anyway: bool = Field(
        False, description="Accept time that overlaps with other time of the same person or is implausible"
    )


class CorrectTime(LogTime):
    entry: Code


class MoveTime(TicketBody):
    entry: Code
    other: TicketId = Field(description="Ticket that the time belongs to")


ELSEWHERE: LookupKey[LogTime, Sequence[Stretch]] = LookupKey("overlapping")
"""Working time that overlaps with that of the command, on other tickets, too."""
LOGGING: Reads[LogTime, Sequence[Stretch]] = Reads(lambda _body, found: found.answer(ELSEWHERE), lookups=(ELSEWHERE,))
MOVING: Reads[MoveTime, Ticket] = Reads(
    gather=lambda body, found: found.state(reads.ticket(body.other)),
    aggregates=lambda body, _client: (reads.ticket(body.other),),
)
"""The other ticket."""


def log_time(body: LogTime, ticket: Ticket, elsewhere: Sequence[Stretch], context: DecisionContext) -> list[Draft]:
    """Log labour of a technician on this ticket. The same labour a second time records nothing."""
    labour = _labour(body, body.technician or context.actor.id, context)
    ensure_plausible(labour, body.anyway, ticket, context.now)
    if not body.anyway and any(essence(entry.labour) == essence(labour) for entry in ticket.billing.live):
        return []
    ensure_apart(labour, None, body.anyway, ticket, elsewhere)
    logged = f.TimeLogged(entry=str(context.id), rev=1, labour=labour, reason=body.reason)
    return [Draft(data=logged, time=min(labour.end, context.now))]


def correct_time(
    body: CorrectTime, ticket: Ticket, elsewhere: Sequence[Stretch], context: DecisionContext
) -> list[Draft]:
    """Replace the whole entry. An unchanged entry records nothing."""
    entry = own_entry(body.entry, ticket, context)
    labour = _labour(body, body.technician or entry.labour.technician, context)
    if essence(labour) == essence(entry.labour) and not body.note:
        return []
    ensure_open(entry.labour.start, context)
    ensure_plausible(labour, body.anyway, ticket, context.now)
    ensure_apart(labour, entry.entry, body.anyway, ticket, elsewhere)
    labour = labour if body.note else replace(labour, note=entry.labour.note)
    return [Draft(data=f.TimeCorrected(entry=entry.entry, rev=entry.rev + 1, labour=labour, reason=body.reason))]


def _labour(body: LogTime, technician: str, context: DecisionContext) -> f.Labour:
    _ensure_own(technician, context)
    start, end = body.start.astimezone(UTC), body.end.astimezone(UTC)
    _ensure_past(start, end, body.reason, context.now)
    ensure_open(start, context)
    whole = whole_minutes(start, end)
    if body.minutes is not None and body.minutes > whole:
        raise Refusal("invalid_field", f"minutes: there are only {whole} between start and end.")
    return f.Labour(
        technician=technician,
        start=start,
        end=end,
        minutes=body.minutes or whole,
        role=body.role,
        work_type=body.work_type,
        source="desk",
        billable=body.billable,
        note=body.note,
    )


def _ensure_past(start: datetime, end: datetime, reason: str, now: datetime) -> None:
    if start >= end:
        raise Refusal("invalid_field", "end: it must be after start.", remedy="Correct start or end.")
    if end > now + SOON:
        raise Refusal("invalid_field", "end: it lies in the future.", remedy="Log the time once it was worked.")
    if end < now - LATE and not reason:
        raise Refusal("reason_missing", "The work ended more than 15 minutes ago.", remedy="State why it is late.")


def _ensure_own(technician: str, context: DecisionContext) -> None:
    if technician.casefold() != context.actor.id.casefold() and Role.BILLING not in context.roles:
        raise Refusal("foreign_entry", f"The time belongs to {technician or 'an unnamed person'}.")


def own_entry(name: str, ticket: Ticket, context: DecisionContext) -> Entry:
    """A live entry that the caller may change: logged at the desk, their own unless billing, on no invoice."""
    entry = live_entry(name, ticket)
    if entry.labour.source == "psa":
        raise Refusal("invalid_field", f"entry: {name!r} was logged in the PSA.", remedy="Change it in the PSA.")
    _ensure_own(entry.labour.technician, context)
    if entry.end_of_life == "invoiced":
        raise Refusal("already_invoiced")
    return entry


def live_entry(name: str, ticket: Ticket) -> Entry:
    """The entry of that name on this ticket; refused when it is not live."""
    entry = ticket.billing.entries.get(name)
    if entry is None or entry.state != "live":
        raise Refusal("invalid_field", f"entry: {name!r} is not on this ticket.", remedy="Name an entry of the ticket.")
    return entry


def move_time(body: MoveTime, ticket: Ticket, other: Ticket, context: DecisionContext) -> list[Draft]:
    """Move an entry to another ticket of the same client, with one fact on each. A repeat records nothing."""
    recorded = ticket.billing.entries.get(body.entry)
    if recorded is not None and recorded.state == "moved":
        return same(other.billing.entries.get(body.entry) is not None, state="moved")
    _ensure_movable(body, ticket, other, context)
    entry = own_entry(body.entry, ticket, context)
    ensure_open(entry.labour.start, context)
    there = other.billing.entries.get(entry.entry)
    rev = max(entry.rev, there.rev if there else 0) + 1
    out = f.TimeMoved(entry=entry.entry, rev=rev, direction="out", other=body.other, labour=entry.labour)
    back = f.TimeMoved(entry=entry.entry, rev=rev, direction="in", other=context.subject, labour=entry.labour)
    return [Draft(data=out), Draft(data=back, subject=body.other)]


def _ensure_movable(body: MoveTime, ticket: Ticket, other: Ticket, context: DecisionContext) -> None:
    if body.other == context.subject:
        raise Refusal("invalid_field", "other: it is this ticket.", remedy="Name another ticket.")
    now = status(other)
    if now is Status.UNKNOWN or other.intake.client != ticket.intake.client:
        raise Refusal("unknown_ticket", f"other: the client has no ticket {body.other!r}.")
    if now is Status.MERGED:
        raise Refusal("ticket_merged", root=other.intake.merged_into)
    if now is Status.GONE:
        raise Refusal("ticket_gone")
