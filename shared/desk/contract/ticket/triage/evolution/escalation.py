"""Folds hand-overs and pages into triage's slice."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Payload
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage.evolution.step import Step


def _page(state: str) -> Step:
    return lambda s, e: replace(s, pages={**s.pages, e.data.page: f"{state}/{getattr(e.data, 'level', '')}"})


STEPS: dict[type[Payload], Step] = {
    es.Escalated: lambda s, e: replace(s, phase="escalated", escalations=s.escalations + 1),
    es.EscalationReturned: lambda s, e: replace(s, phase="diagnosing"),
    es.PageRequested: _page("requested"),
    es.PageSent: _page("sent"),
    es.PageDelivered: _page("delivered"),
    es.PageAcknowledged: _page("acknowledged"),
    es.PageEscalated: _page("escalated"),
    es.PageFailed: _page("failed"),
    es.PageWithdrawn: _page("withdrawn"),
}
