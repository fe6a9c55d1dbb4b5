"""Folds priority, placement, work and waiting into triage's slice."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import Phase, TriageSlice, Wait


def _triaged(s: TriageSlice) -> Phase:
    return "triaged" if s.phase == "new" else s.phase


def _assessed(s: TriageSlice, e: Event[d.PriorityAssessed]) -> TriageSlice:
    a = e.data
    return replace(
        s,
        phase=_triaged(s),
        impact=a.impact,
        urgency=a.urgency,
        priority=a.priority,
        matrix_version=a.matrix_version,
        overridden=False,
        priority_hash=a.text_hash,
        priorities=s.priorities + 1,
        priority_at=e.time,
    )


def _overridden(s: TriageSlice, e: Event[d.PriorityOverridden]) -> TriageSlice:
    return replace(
        s,
        phase=_triaged(s),
        priority=e.data.priority,
        overridden=True,
        priority_hash=e.data.text_hash,
        priorities=s.priorities + 1,
        priority_at=e.time,
    )


def _queued(s: TriageSlice, e: Event[d.Queued]) -> TriageSlice:
    q = e.data
    return replace(
        s,
        phase=s.phase if q.by_default else _triaged(s),
        queue=q.queue,
        tier=q.tier,
        placements=s.placements + 1,
        reassignments=s.reassignments + (0 if q.first else 1),
    )


def _assigned(s: TriageSlice, e: Event[d.Assigned]) -> TriageSlice:
    return replace(s, phase=_triaged(s), technician=e.data.technician, placements=s.placements + 1)


def _unassigned(s: TriageSlice, e: Event) -> TriageSlice:
    return replace(s, technician=None, placements=s.placements + 1)


def _work(s: TriageSlice, e: Event[d.WorkStarted]) -> TriageSlice:
    worked = s.worked | {(e.cycle or s.cycle, e.data.technician)}
    first = e.time if s.first_work is None else min(s.first_work, e.time)
    return replace(s, phase="diagnosing", worked=worked, first_work=first)


def _wait(s: TriageSlice, e: Event[d.WaitingStarted]) -> TriageSlice:
    w = e.data
    began = Wait(w.on, e.time, w.message, w.until, e.ownerseq, e.mode in ("outside", "import"), w.reference, w.vendor)
    return replace(s, last_cycle_change_at=e.time, waits={**s.waits, w.wait: began})


def _wait_over(s: TriageSlice, e: Event[d.WaitingEnded]) -> TriageSlice:
    return replace(
        s, last_cycle_change_at=e.time, waits={wait: w for wait, w in s.waits.items() if wait != e.data.wait}
    )


STEPS: dict[type[Payload], Step] = steps(
    on(d.PriorityAssessed, _assessed),
    on(d.PriorityOverridden, _overridden),
    on(d.Queued, _queued),
    on(d.Assigned, _assigned),
    on(d.Unassigned, _unassigned),
    on(d.WorkStarted, _work),
    on(d.WaitingStarted, _wait),
    on(d.WaitingEnded, _wait_over),
)
