"""Judges a ticket's clocks when a relevant fact was applied and when a timer fired."""

from __future__ import annotations

from desk.calendars.times import to_seconds
from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.decision.planning import Due
from desk_sla.clocks.state import TicketWithTimeline
from desk_sla.decisions.clock_state import clock_state
from desk_sla.decisions.reconcile_clocks import Trigger, record
from desk_sla.policies import rules_of

ENDINGS: frozenset[type[Payload]] = frozenset(
    (en.Resolved, en.Cancelled, docs.Closed, i.TicketAdopted, i.MergedInto, PsaGone)
)
"""Facts on which imported history is judged. Other facts count only once there is a verdict to change."""


def judge_clocks(event: Event, ticket: TicketWithTimeline, context: DecisionContext) -> list[Draft]:
    """Record the changes after a fact, of a peer or own, that may start, pause, move, stop or cancel a clock.

    Clocks are judged as of the newest time of the ticket's facts; timers find what passes without a fact.
    """
    if ticket.intake.imported and type(event.data) not in ENDINGS and not ticket.sla.verdicts:
        return []
    return _found(ticket, Trigger(context, event.id), ticket.timeline.latest)


def expired(due: Due, ticket: TicketWithTimeline, context: DecisionContext) -> list[Draft]:
    """Record the changes at a threshold or due time. Imported history has no timers; a repeat records nothing."""
    if ticket.intake.imported:
        return []
    at = max(to_seconds(due.due), ticket.timeline.latest)
    return _found(ticket, Trigger(context, context.id, timed=True), at)


def _found(ticket: TicketWithTimeline, trigger: Trigger, at: int) -> list[Draft]:
    state = clock_state(ticket, rules_of(trigger.context.policies), at)
    return [] if state is None else record(state, ticket, trigger)
