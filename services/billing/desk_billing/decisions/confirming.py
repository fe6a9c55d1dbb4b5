"""Confirms that the time of a cycle is complete (step 19); no time at all needs a reason."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from desk.calendars.business_days import business_days_later
from desk.contract.event import Draft, Event
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.labour import labour_of_cycle
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk.decision.repeats import same
from desk_billing.decisions.unbilled import unbilled

BY_ITSELF = "no-work-needed"
HELD = "its dates are implausible: correct it in the PSA, or let billing accept it (accept-time)"


class ConfirmTime(TicketBody):
    zero_reason: str = Field("", max_length=100, description="Reason from the list, required when there is no time")


def confirm_time(body: ConfirmTime, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Confirm the cycle's time once every entry is rated. A repeat records nothing; a later entry undoes it.

    Work of an earlier cycle is neither time of this cycle nor a reason to ask others to confirm it.
    """
    s = ticket.billing
    if s.confirmed(ticket.cycle):
        return same(not body.zero_reason or not s.live, entries=[entry.entry for entry in s.live])
    _ensure_own(ticket, context)
    if s.unrated or s.held:
        rows = [(entry.entry, "billing", HELD) for entry in s.held]
        rows += [(entry, "billing", _remedy(entry, ticket)) for entry in s.unrated]
        raise Refusal("time_unrated", missing=rows)
    if not labour_of_cycle(ticket):
        _ensure_listed(body.zero_reason, context)
    elif body.zero_reason:
        raise Refusal("invalid_field", "zero_reason: there is time in this cycle.", remedy="Leave it out.")
    return [_confirmed(ticket, ticket.cycle, body.zero_reason, context, context.now)]


def _ensure_own(ticket: Ticket, context: DecisionContext) -> None:
    """Billing may confirm time of everybody, technicians only their own, a service only that there is none."""
    if Role.BILLING in context.roles:
        return
    mine = "" if Role.SERVICE in context.roles else context.actor.id.casefold()
    own = labour_of_cycle(ticket)
    foreign = [entry.entry for entry in own if entry.labour.technician.casefold() != mine or not mine]
    if foreign:
        raise Refusal("foreign_entry", f"Time of others: {', '.join(foreign)}.", entries=list(foreign))


def _remedy(entry: str, ticket: Ticket) -> str:
    rating = ticket.billing.entries[entry].rating
    if rating is not None and rating.unmatched:
        return f"no rule matches it ({rating.why}): let billing rate it (rate-by-hand)"
    return "wait until sla has selected a calendar, or let billing rate it (rate-by-hand)"


def _ensure_listed(reason: str, context: DecisionContext) -> None:
    listed = context.policies.waiver_reasons.zero_time
    if reason not in listed:
        raise Refusal("zero_needs_reason", f"zero_reason: choose one of {', '.join(listed)}.")


def _confirmed(ticket: Ticket, cycle: int, reason: str, context: DecisionContext, at: datetime) -> Draft:
    split, days = _split(ticket), context.policies.billing_rules.unbilled_after_business_days
    owed = split.billable or (labour_of_cycle(ticket) and unbilled(ticket))
    data = f.TimeConfirmed(
        set_hash=ticket.billing.set_hash,
        by=context.actor.id,
        split=split,
        zero_reason=reason,
        bill_by=business_days_later(at, days) if owed else None,
    )
    return Draft(data=data, cycle=cycle)


def _split(ticket: Ticket) -> f.BillableSplit:
    splits = [entry.rating.split for entry in labour_of_cycle(ticket) if entry.rating is not None]
    return f.BillableSplit(
        sum(s.billable for s in splits), sum(s.covered for s in splits), sum(s.non_billable for s in splits)
    )


def confirm_zero(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Confirm zero time automatically for a cancelled cycle and for an alert without work, if it has no entry."""
    s, cycle = ticket.billing, ticket.cycle
    worked = labour_of_cycle(ticket) or s.held
    if ticket.intake.imported or worked or s.confirmed(cycle) or not _nobody_worked(ticket):
        return []
    return [_confirmed(ticket, cycle, BY_ITSELF, context, event.time)]


def _nobody_worked(ticket: Ticket) -> bool:
    """Whether the current cycle was cancelled, or is an alert without work and without a technician of record."""
    end = ticket.triage.end
    if end is None or status(ticket) in (Status.MERGED, Status.GONE):
        return False
    worked = any(cycle == ticket.cycle for cycle, _ in ticket.triage.worked)
    return end.kind == "cancelled" or (ticket.intake.kind == "alert" and not worked and end.technician is None)
