"""Folds ends, reopenings and rulings into triage's slice."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage.attempt import Attempt
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import End, Phase, Reopening, TriageSlice


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
    to_tier_2 = e.data.route == "tier2"
    phase: Phase = "escalated" if to_tier_2 else "diagnosing"
    return replace(
        s,
        phase=phase,
        last_cycle_change_at=e.time,
        reopened=(*s.reopened, again),
        attempt=Attempt(),
        known_incidents=None,
        incident_sources={},
        reproduction=None,
        reproduction_steps=None,
        escalation="open" if to_tier_2 else "none",
        escalations=s.escalations + to_tier_2,
    )


def _ruled(s: TriageSlice, e: Event[en.ObservationRuled]) -> TriageSlice:
    confirmed = _psa_confirmed(s, e)
    newest = confirmed > 0 and confirmed >= s.psa_confirmed_seq
    return replace(
        s,
        ruled=s.ruled | {e.naturalkey},
        last_ruled_source_seq=max(s.last_ruled_source_seq, e.data.source_seq),
        ruled_at=e.time if s.ruled_at is None else max(s.ruled_at, e.time),
        psa_confirmed_seq=confirmed if newest else s.psa_confirmed_seq,
        psa_confirmed_by=e.data.source_seq if newest else s.psa_confirmed_by,
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


STEPS: dict[type[Payload], Step] = steps(
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
