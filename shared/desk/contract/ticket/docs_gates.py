"""Checks of the gates that docs' evidence meets: the document, the client summary, the runbook, the sign-off."""

from __future__ import annotations

from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.incident_link import BY_INCIDENT, MASS_NOTICE, fixed_by_incident


def _about_fix(attempt: int | None, t: Ticket) -> bool:
    """Whether a text was written with knowledge of the newest fix, or does not say."""
    return attempt in (None, t.triage.attempt.fix_number)


def documented(t: Ticket, asked: str) -> bool:
    """Whether the resolution was documented, and not before another fix was made; or fixed by the ticket's incident,
    where that is enough."""
    document = t.docs.documented.get(t.cycle)
    return (document is not None and _about_fix(document.attempt, t)) or (
        asked == BY_INCIDENT and fixed_by_incident(t.triage)
    )


def client_informed(t: Ticket, asked: str) -> bool:
    """Whether the newest summary reached the client, and tells about the newest fix; or a mass notice did, where that
    is enough."""
    if asked == MASS_NOTICE and t.cycle in t.triage.notices:
        return True
    wrote = any(message.by_client and not message.auto for message in t.intake.messages)
    if asked == "if-person-wrote" and not wrote:
        return True
    return t.docs.client_informed(t.cycle) and _about_fix(t.docs.summaries[t.cycle][-1].attempt, t)


def runbook(t: Ticket, asked: str) -> bool:
    """Whether every runbook gap was updated or waived."""
    return t.docs.gaps_decided or (asked == "if-raised" and not t.docs.gaps)


def signed(t: Ticket, asked: str) -> bool:
    """Whether as many people signed the cycle off as the profile asks for."""
    return len(set(t.docs.signoffs.get(t.cycle, ()))) >= (2 if asked == "two-persons" else 1)
