"""Folds triage's facts into triage's slice, one small function per type."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.answers import answered
from desk.contract.ticket.triage.slice import Attempt, End, Evidence, Phase, Reopening, TriageSlice, Wait

Step = Callable[[TriageSlice, Event], TriageSlice]


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
        priorities=s.priorities + 1,
        priority_at=e.time,
    )


def _overridden(s: TriageSlice, e: Event[d.PriorityOverridden]) -> TriageSlice:
    return replace(
        s,
        phase=_triaged(s),
        priority=e.data.priority,
        overridden=True,
        priorities=s.priorities + 1,
        priority_at=e.time,
    )


def _queued(s: TriageSlice, e: Event[d.Queued]) -> TriageSlice:
    return replace(
        s,
        phase=_triaged(s),
        queue=e.data.queue,
        tier=e.data.tier or s.tier,
        placements=s.placements + 1,
        reassignments=s.reassignments + (0 if e.data.first else 1),
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
    began = Wait(w.on, e.time, w.message, w.until, e.ownerseq, e.mode in ("outside", "import"))
    return replace(s, last_cycle_change_at=e.time, waits={**s.waits, w.wait: began})


def _wait_over(s: TriageSlice, e: Event[d.WaitingEnded]) -> TriageSlice:
    return replace(
        s, last_cycle_change_at=e.time, waits={wait: w for wait, w in s.waits.items() if wait != e.data.wait}
    )


def _reproduced(s: TriageSlice, e: Event[dx.ReproductionRecorded]) -> TriageSlice:
    r = e.data
    evidence = Evidence(e.id, r.device, r.result)
    phase = s.phase if r.result == "not-applicable" else "diagnosing"
    return replace(s, phase=phase, reproduction=evidence)


def _diagnosed(s: TriageSlice, e: Event[dx.DiagnosticRecorded]) -> TriageSlice:
    return replace(s, phase="diagnosing", diagnostics=(*s.diagnostics, e.data.entry))


def _incidents_checked(s: TriageSlice, e: Event[dx.KnownIncidentsChecked]) -> TriageSlice:
    k = e.data
    states = set(k.sources.values())
    result = "match" if k.matches else next((x for x in ("unknown", "clear") if x in states), "not-applicable")
    return replace(s, known_incidents=Evidence(e.id, k.device, result))


def _linked(s: TriageSlice, e: Event[dx.LinkedToIncident]) -> TriageSlice:
    incident = e.data.incident if e.data.relation == "child" else s.incident
    return replace(s, incident=incident, links=s.links + 1)


def _fix_started(s: TriageSlice, e: Event) -> TriageSlice:
    return replace(s, phase="fixing", attempt=Attempt(number=e.attempt or s.attempt.number, started=e.id))


def _fix_applied(s: TriageSlice, e: Event[fx.FixApplied]) -> TriageSlice:
    number = e.attempt or s.attempt.number
    base = s.attempt if s.attempt.number == number else Attempt(number=number)
    applied = replace(base, applied=e.id, applied_at=e.time, what=e.data.kind, violation=e.data.violation, failed=False)
    return replace(s, phase="verifying", attempt=applied)


def _verified(s: TriageSlice, e: Event[fx.FixVerified]) -> TriageSlice:
    return replace(s, phase="watching", attempt=replace(s.attempt, verified=e.id, how=e.data.how))


def _waived(s: TriageSlice, e: Event) -> TriageSlice:
    return replace(s, phase="watching", attempt=replace(s.attempt, waived=e.id))


def _failed(s: TriageSlice, e: Event[fx.FixReverted | fx.VerificationFailed | fx.MonitoringRegressed]) -> TriageSlice:
    route = getattr(e.data, "route", "diagnosis")
    phase: Phase = "escalated" if route == "tier2" else "diagnosing"
    return replace(s, phase=phase, attempt=replace(s.attempt, failed=True))


def _monitored(s: TriageSlice, e: Event[fx.MonitoringChecked]) -> TriageSlice:
    return replace(s, attempt=replace(s.attempt, checked=e.id, checked_state=e.data.state))


def _ended(s: TriageSlice, e: Event[en.Resolved | en.Cancelled]) -> TriageSlice:
    cycle = e.cycle or s.cycle
    if cycle in s.ends:
        return s
    kind = "resolved" if isinstance(e.data, en.Resolved) else "cancelled"
    end = End(e.id, kind, e.time, e.ownerseq, getattr(e.data, "technician", None), e.mode)  # type: ignore[arg-type]
    return replace(s, last_cycle_change_at=e.time, ends={**s.ends, cycle: end})


def _reopened(s: TriageSlice, e: Event[en.Reopened]) -> TriageSlice:
    if any(r.undoes == e.data.undoes for r in s.reopened):
        return s
    again = Reopening(e.id, e.data.undoes, e.time, e.data.cause, e.ownerseq)
    phase: Phase = "escalated" if e.data.route == "tier2" else "diagnosing"
    return replace(
        s,
        phase=phase,
        last_cycle_change_at=e.time,
        reopened=(*s.reopened, again),
        attempt=Attempt(),
        known_incidents=None,
        reproduction=None,
    )


def _ruled(s: TriageSlice, e: Event[en.ObservationRuled]) -> TriageSlice:
    return replace(
        s,
        ruled=s.ruled | {e.naturalkey},
        last_ruled_source_seq=max(s.last_ruled_source_seq, e.data.source_seq),
        ruled_at=e.time if s.ruled_at is None else max(s.ruled_at, e.time),
        psa_confirmed_seq=max(s.psa_confirmed_seq, _psa_confirmed(s, e)),
    )


def _psa_confirmed(s: TriageSlice, e: Event[en.ObservationRuled]) -> int:
    """The ownerseq of the end or reopening that the PSA agrees with after this ruling; 0: none."""
    outcome, again = e.data.outcome, s.reopened[-1] if s.reopened else None
    if outcome in ("resolved", "cancelled", "closed"):
        return s.end.seq if s.end else 0
    still_open = outcome in ("waiting", "open") and again is not None and e.time > again.time
    return again.seq if again is not None and (still_open or outcome == "reopened") else 0


def _contested(s: TriageSlice, e: Event) -> TriageSlice:
    return replace(s, phase="verifying", contested=s.contested | {e.cycle or s.cycle})


def _page(state: str) -> Callable[[TriageSlice, Event[es.Page]], TriageSlice]:
    return lambda s, e: replace(s, pages={**s.pages, e.data.page: f"{state}/{e.data.level}"})


EVOLVE: dict[type[Payload], Step] = steps(
    on(d.PriorityAssessed, _assessed),
    on(d.PriorityOverridden, _overridden),
    on(d.Queued, _queued),
    on(d.Assigned, _assigned),
    on(d.Unassigned, _unassigned),
    on(d.WorkStarted, _work),
    on(d.WaitingStarted, _wait),
    on(d.WaitingEnded, _wait_over),
    on(dx.KnownIncidentsChecked, _incidents_checked),
    on(dx.LinkedToIncident, _linked),
    on(dx.UnlinkedFromIncident, lambda s, e: replace(s, incident=None, links=s.links + 1)),
    on(dx.ParentResolved, lambda s, e: replace(s, parent_resolved=e.data.incident)),
    on(dx.SessionStarted, lambda s, e: replace(s, sessions={**s.sessions, e.data.session: "open"})),
    on(dx.SessionEnded, lambda s, e: replace(s, sessions={**s.sessions, e.data.session: "ended"})),
    on(dx.ReproductionRecorded, _reproduced),
    on(dx.DeviceChangesCollected, lambda s, e: replace(s, changes=Evidence(e.id, e.data.device, e.data.state))),
    on(dx.DeviceChangesReviewed, lambda s, e: replace(s, changes_reviewed=e.data.snapshot)),
    on(dx.EndpointSecurityCollected, lambda s, e: replace(s, security=Evidence(e.id, e.data.device, e.data.state))),
    on(dx.EndpointSecurityReviewed, lambda s, e: replace(s, security_reviewed=e.data.snapshot)),
    on(dx.DiagnosticRecorded, _diagnosed),
    on(dx.CauseRuledOut, lambda s, e: replace(s, ruled_out=s.ruled_out + 1)),
    on(es.Escalated, lambda s, e: replace(s, phase="escalated", escalations=s.escalations + 1)),
    on(es.EscalationReturned, lambda s, e: replace(s, phase="diagnosing")),
    on(es.PageRequested, _page("requested")),
    on(es.PageSent, _page("sent")),
    on(es.PageDelivered, _page("delivered")),
    on(es.PageAcknowledged, _page("acknowledged")),
    on(es.PageEscalated, _page("escalated")),
    on(es.PageFailed, _page("failed")),
    on(es.PageWithdrawn, _page("withdrawn")),
    on(fx.ChangeLinked, lambda s, e: replace(s, linked_changes=(*s.linked_changes, e.data.change))),
    on(fx.FixStarted, _fix_started),
    on(fx.FixApplied, _fix_applied),
    on(fx.FixReverted, _failed),
    on(fx.FixVerified, _verified),
    on(fx.VerificationFailed, _failed),
    on(fx.VerificationWaived, _waived),
    on(fx.MonitoringChecked, _monitored),
    on(fx.MonitoringRegressed, _failed),
    on(en.Resolved, _ended),
    on(en.Cancelled, _ended),
    on(en.OutsideResolutionContested, _contested),
    on(en.OutsideClosureNoticed, lambda s, e: replace(s, closed_in_psa=s.closed_in_psa | {e.cycle or s.cycle})),
    on(en.ObservationRuled, _ruled),
    on(en.Reopened, _reopened),
    on(en.MissedReopenNoted, lambda s, e: replace(s, missed=(*s.missed, e.data.evidence))),
    on(en.ReplyJudged, lambda s, e: replace(s, judged={**s.judged, e.data.message: e.data.verdict})),
    on(en.RepeatDetected, lambda s, e: replace(s, repeats={**s.repeats, e.data.earlier: "detected"})),
    on(en.RepeatDismissed, lambda s, e: replace(s, repeats={**s.repeats, e.data.earlier: "dismissed"})),
)


def evolve(s: TriageSlice, event: Event) -> TriageSlice:
    """The slice after one more of triage's facts; the same for a fact that does not concern it."""
    step = EVOLVE.get(type(event.data))
    return s if step is None else answered(step(s, event), event)
