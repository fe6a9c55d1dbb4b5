"""Folds hand-overs and pages into triage's slice."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import PageChain, PageStep, TriageSlice

ENDS: tuple[PageStep, ...] = ("escalated", "acknowledged", "withdrawn")
"""Steps of a level that the vendor's late answer to the request does not undo."""
LATE: tuple[PageStep, ...] = ("sent", "delivered", "failed")


def _requested(s: TriageSlice, e: Event[es.PageRequested]) -> TriageSlice:
    page, before = e.data, s.pages.get(e.data.page)
    levels: dict[int, PageStep] = {**(before.levels if before else {}), page.level: "requested"}
    schedules = {**(before.schedules if before else {}), page.level: page.schedule}
    instances = {**(before.instances if before else {}), page.level: page.instance}
    reason = before.reason if before else page.reason
    return _put(s, page.page, PageChain(page.level, reason, e.time, schedules, levels, instances=instances))


def _step(step: PageStep) -> Callable[[TriageSlice, Event[es.PageStepTaken]], TriageSlice]:
    """A step that moves one level; nothing for a page that was never requested."""

    def moved(s: TriageSlice, e: Event[es.PageStepTaken]) -> TriageSlice:
        chain = s.pages.get(e.data.page)
        if chain is None or (step in LATE and chain.levels.get(e.data.level) in ENDS):
            return s
        return _put(s, e.data.page, replace(chain, levels={**chain.levels, e.data.level: step}))

    return moved


def _acknowledged(s: TriageSlice, e: Event[es.PageAcknowledged]) -> TriageSlice:
    chain = s.pages.get(e.data.page)
    if chain is None:
        return s
    levels: dict[int, PageStep] = {**chain.levels, e.data.level: "acknowledged"}
    return _put(s, e.data.page, replace(chain, levels=levels, acknowledged_by=e.data.by))


def _judged(s: TriageSlice, e: Event[es.PageJudged]) -> TriageSlice:
    chain = s.pages.get(e.data.page)
    return s if chain is None else _put(s, e.data.page, replace(chain, verdict=e.data.verdict))


def _put(s: TriageSlice, page: str, chain: PageChain) -> TriageSlice:
    return replace(s, pages={**s.pages, page: chain})


def _escalated(s: TriageSlice, e: Event[es.Escalated]) -> TriageSlice:
    return replace(s, phase="escalated", escalations=s.escalations + 1, escalation="open")


STEPS: dict[type[Payload], Step] = steps(
    on(es.Escalated, _escalated),
    on(es.EscalationReturned, lambda s, e: replace(s, phase="diagnosing", escalation="returned")),
    on(es.PageRequested, _requested),
    on(es.PageSent, _step("sent")),
    on(es.PageDelivered, _step("delivered")),
    on(es.PageAcknowledged, _acknowledged),
    on(es.PageEscalated, _step("escalated")),
    on(es.PageFailed, _step("failed")),
    on(es.PageWithdrawn, _step("withdrawn")),
    on(es.PageJudged, _judged),
)
