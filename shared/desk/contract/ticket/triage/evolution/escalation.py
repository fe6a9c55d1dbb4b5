"""Folds hand-overs and pages into triage's slice."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import TriageSlice


def _page(state: str) -> Callable[[TriageSlice, Event[es.Page]], TriageSlice]:
    return lambda s, e: replace(s, pages={**s.pages, e.data.page: f"{state}/{e.data.level}"})


def _escalated(s: TriageSlice, e: Event[es.Escalated]) -> TriageSlice:
    return replace(s, phase="escalated", escalations=s.escalations + 1, escalation="open")


STEPS: dict[type[Payload], Step] = steps(
    on(es.Escalated, _escalated),
    on(es.EscalationReturned, lambda s, e: replace(s, phase="diagnosing", escalation="returned")),
    on(es.PageRequested, _page("requested")),
    on(es.PageSent, _page("sent")),
    on(es.PageDelivered, _page("delivered")),
    on(es.PageAcknowledged, _page("acknowledged")),
    on(es.PageEscalated, _page("escalated")),
    on(es.PageFailed, _page("failed")),
    on(es.PageWithdrawn, _page("withdrawn")),
)
