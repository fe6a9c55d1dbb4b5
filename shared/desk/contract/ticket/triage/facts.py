"""Triage's facts, in the order of the workflow."""

from __future__ import annotations

from desk.contract.event import Payload
from desk.contract.ticket.triage import diagnosis, dispatch, ends, escalation, fix, known_incidents

FACTS: tuple[type[Payload], ...] = (
    *dispatch.FACTS,
    *known_incidents.FACTS,
    *diagnosis.FACTS,
    *escalation.FACTS,
    *fix.FACTS,
    *ends.FACTS,
)
