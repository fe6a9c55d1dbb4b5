"""The clocks of a ticket are looked at: when a fact that matters was heard, and when a timer's moment has come."""

from __future__ import annotations

from desk.calendars.times import to_seconds
from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake import psa
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.decision.planning import Due
from desk_sla.clocks.state import Judging
from desk_sla.decisions.clock_state import clock_state
from desk_sla.decisions.reconcile_clocks import Finding, record
from desk_sla.policies import rules_of

ENDINGS: frozenset[type[Payload]] = frozenset(
    (en.Resolved, en.Cancelled, docs.Closed, i.TicketAdopted, i.MergedInto, psa.PsaGone)
)
"""What imported history is judged at, once; later facts only where a verdict stands that they may change."""


def look(event: Event, ticket: Judging, context: DecisionContext) -> list[Draft]:
    """A fact was heard (or an own one recorded) that may start, pause, move, stop or cancel a clock.

    Judged as of the newest instant that the ticket's facts tell of: what passes without a fact is a timer's to find.
    """
    if ticket.intake.imported and type(event.data) not in ENDINGS and not ticket.sla.verdicts:
        return []
    return _found(ticket, Finding(context, event.id), ticket.timeline.latest)


def expired(due: Due, ticket: Judging, context: DecisionContext) -> list[Draft]:
    """A threshold or a due time has come. Imported history and what is already recorded give nothing."""
    if ticket.intake.imported:
        return []
    at = max(to_seconds(due.due), ticket.timeline.latest)
    return _found(ticket, Finding(context, context.id, timed=True), at)


def _found(ticket: Judging, finding: Finding, at: int) -> list[Draft]:
    standing = clock_state(ticket, rules_of(finding.context.policies), at)
    return [] if standing is None else record(standing, ticket, finding)
