"""Rules on an end that a person set in the PSA while the caller was on hold, once the hold is over. Pure."""

from __future__ import annotations

from desk.contract.event import Draft, Event
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_triage.decisions.psa_ruling import rule_status
from desk_triage.decisions.psa_visibility import ENDED, PsaAct


def rule_after_hold(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """End the cycle as the PSA shows it, at the end of the hold; its ruling was recorded when it was observed.

    Records nothing if the PSA shows another status since, or the cycle has ended.
    """
    s, kept = ticket.intake, ticket.intake.during_hold
    elsewhere = s.merged_into is not None or s.gone is not None
    if kept is None or s.caller_hold or s.imported or elsewhere or s.status_class not in ENDED:
        return []
    seen = PsaAct(
        kept.id, kept.source_seq, "", event.time, s.status_class, kept.psa_actor, kept.written_back_seq, False
    )
    return rule_status(seen, ticket, context, late=False).drafts
