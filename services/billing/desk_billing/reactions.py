"""Reactions of billing to facts of peers and its own."""

from __future__ import annotations

from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.billing import facts
from desk.contract.ticket.intake import facts as intake
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.sla import facts as sla
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends
from desk.decision.context import DecisionContext, Reaction
from desk.decision.registrar import on, table
from desk_billing.decisions.confirming import confirm_zero
from desk_billing.decisions.observing import observe_time
from desk_billing.decisions.rating import rate_again, rate_entry, rate_others, rate_waiting
from desk_billing.decisions.unbilled import clear, flag_gone, flag_rated


def _moved(event: Event[facts.TimeMoved], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Rate an entry that was moved here; after one left, rate the others again, clear flags and
    confirm zero time where due.
    """
    if event.data.direction == "in":
        return rate_entry(event, ticket, context)
    left = (rate_others, clear, confirm_zero)
    return [draft for decide in left for draft in decide(event, ticket, context)]


REACTIONS: dict[type[Payload], tuple[Reaction, ...]] = table(
    on(psa.PsaTimeObserved, observe_time),
    on(PsaGone, flag_gone),
    on(intake.ClientTierCaptured, rate_again),
    on(sla.PolicySelected, rate_waiting),
    on(ends.Cancelled, confirm_zero),
    on(ends.Resolved, confirm_zero),
    on(ends.Reopened, rate_waiting),
    on(facts.TimeLogged, rate_entry),
    on(facts.TimeHeld, rate_others, clear),
    on(facts.TimeCorrected, rate_entry),
    on(facts.TimeMoved, _moved),
    on(facts.TimeRemoved, rate_others, clear, confirm_zero),
    on(facts.TimeRated, rate_others, clear, flag_rated),
    on(facts.TimeInvoiced, clear),
    on(facts.TimeWrittenOff, clear),
)
