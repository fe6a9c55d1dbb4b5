"""Folds triage's facts into triage's slice, one small function per type."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import remembered
from desk.contract.ticket.triage.answers import answered
from desk.contract.ticket.triage.evolution import diagnosis, dispatch, ends, escalation, fix, incidents
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import TriageSlice

EVOLVE: dict[type[Payload], Step] = {
    **dispatch.STEPS,
    **diagnosis.STEPS,
    **escalation.STEPS,
    **fix.STEPS,
    **ends.STEPS,
    **incidents.STEPS,
}


def evolve(s: TriageSlice, event: Event) -> TriageSlice:
    """The slice after one more of triage's facts; the same for a fact that does not concern it."""
    step = EVOLVE.get(type(event.data))
    if step is None:
        return s
    after = answered(step(s, event), event)
    texts = remembered(after.texts, event)
    return after if texts is after.texts else replace(after, texts=texts)
