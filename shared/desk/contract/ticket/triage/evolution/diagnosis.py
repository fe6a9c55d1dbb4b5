"""Folds evidence and diagnosis into triage's slice."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.evidence import SourceAnswer, overall
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import known_incidents as ki
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import Evidence, TriageSlice


def _incidents_checked(s: TriageSlice, e: Event[ki.KnownIncidentsChecked]) -> TriageSlice:
    """Keep the newest answer of each source; the evidence for the gate is the strongest of those on the device, or on
    the client where no device is linked."""
    k = e.data
    subject = k.device or ""
    answers = {
        source: SourceAnswer(e.id, k.check, subject, state, k.reason, k.asked_at) for source, state in k.sources.items()
    }
    sources = {**s.incident_sources, **answers}
    result = "match" if k.matches else overall(sources, subject)
    return replace(s, incident_sources=sources, known_incidents=Evidence(e.id, k.device, result))


def _reproduced(s: TriageSlice, e: Event[dx.ReproductionRecorded]) -> TriageSlice:
    r = e.data
    evidence = Evidence(e.id, r.device, r.result, r.contact)
    phase = s.phase if r.result == "not-applicable" else "diagnosing"
    return replace(s, phase=phase, reproduction=evidence, reproduction_steps=r.steps)


def _diagnosed(s: TriageSlice, e: Event[dx.DiagnosticRecorded]) -> TriageSlice:
    return replace(s, phase="diagnosing", diagnostics=(*s.diagnostics, e.data.entry))


def _changes_collected(s: TriageSlice, e: Event[dx.DeviceChangesCollected]) -> TriageSlice:
    """Keep the newest answer of each source; the evidence for the gate is the strongest of those on the device."""
    c = e.data
    answer = SourceAnswer(e.id, c.snapshot, c.device, c.state, c.reason, c.asked_at)
    sources = {**s.change_sources, c.source: answer}
    counts = {**s.change_counts, c.source: len(c.changes)}
    evidence = Evidence(e.id, c.device, overall(sources, c.device))
    return replace(s, change_sources=sources, change_counts=counts, changes=evidence)


def _security_collected(s: TriageSlice, e: Event[dx.EndpointSecurityCollected]) -> TriageSlice:
    c = e.data
    return replace(s, security=Evidence(e.id, c.device, c.state), security_snapshot=c.snapshot, detections=c.detections)


STEPS: dict[type[Payload], Step] = steps(
    on(ki.KnownIncidentsChecked, _incidents_checked),
    on(dx.SessionStarted, lambda s, e: replace(s, sessions={**s.sessions, e.data.session: "open"})),
    on(dx.SessionEnded, lambda s, e: replace(s, sessions={**s.sessions, e.data.session: "ended"})),
    on(dx.ReproductionRecorded, _reproduced),
    on(dx.DeviceChangesCollected, _changes_collected),
    on(
        dx.DeviceChangesReviewed,
        lambda s, e: replace(s, changes_reviewed={**s.changes_reviewed, e.data.snapshot: e.data.suspects}),
    ),
    on(dx.EndpointSecurityCollected, _security_collected),
    on(
        dx.EndpointSecurityReviewed,
        lambda s, e: replace(s, security_reviewed=e.data.snapshot, security_verdicts=e.data.verdicts),
    ),
    on(dx.DiagnosticRecorded, _diagnosed),
    on(dx.CauseRuledOut, lambda s, e: replace(s, ruled_out=(*s.ruled_out, e.data.cause))),
)
