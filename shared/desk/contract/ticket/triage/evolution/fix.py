"""Folds fixes and their verification into triage's slice."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.evidence import SourceAnswer, overall
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import TriageSlice


def _fix_started(s: TriageSlice, e: Event[fx.FixStarted]) -> TriageSlice:
    base, stated = s.attempt.at(e.attempt), e.data
    classes = dict.fromkeys((*base.classes, *((stated.asset_class,) if stated.asset_class else ())))
    privileged = base.privileged or stated.privileged
    begun = replace(base, started=e.id, classes=tuple(classes), privileged=privileged)
    return replace(s, phase="fixing", attempt=begun)


def _fix_applied(s: TriageSlice, e: Event[fx.FixApplied]) -> TriageSlice:
    base, fix = s.attempt.at(e.attempt), e.data
    applied = replace(
        base,
        applied=e.id,
        applied_at=e.time,
        what=fix.kind,
        violation=fix.violation or base.violation,
        failed=False,
        classes=tuple(dict.fromkeys((*base.classes, *fix.asset_classes))),
        privileged=base.privileged or fix.privileged,
        text_hash=fix.text_hash,
    )
    return replace(s, phase="verifying", attempt=applied)


def _verified(s: TriageSlice, e: Event[fx.FixVerified]) -> TriageSlice:
    return replace(s, phase="watching", attempt=replace(s.attempt, verified=e.id, how=e.data.how))


def _waived(s: TriageSlice, e: Event) -> TriageSlice:
    return replace(s, phase="watching", attempt=replace(s.attempt, waived=e.id))


def _failed(s: TriageSlice, e: Event[fx.FixReverted | fx.VerificationFailed | fx.MonitoringRegressed]) -> TriageSlice:
    failed = replace(s.attempt, failed=True)
    if getattr(e.data, "route", "diagnosis") != "tier2":
        return replace(s, phase="diagnosing", attempt=failed)
    return replace(s, phase="escalated", attempt=failed, escalation="open", escalations=s.escalations + 1)


def _monitored(s: TriageSlice, e: Event[fx.MonitoringChecked]) -> TriageSlice:
    """Keep the newest answer of each monitor in the attempt; its state is the strongest of those on the device."""
    m = e.data
    device = m.devices[0] if m.devices else "" if m.reason == "no-asset" else None
    checked = replace(s.attempt, checked=e.id, checked_state=m.state, checked_device=device)
    if not m.source:
        return replace(s, attempt=checked)
    answer = SourceAnswer(e.id, str(e.id), device, m.state, m.reason, m.window_to)
    monitors = {**s.attempt.monitors, m.source: answer}
    return replace(s, attempt=replace(checked, checked_state=overall(monitors, device), monitors=monitors))


STEPS: dict[type[Payload], Step] = steps(
    on(fx.ChangeLinked, lambda s, e: replace(s, linked_changes=(*s.linked_changes, e.data.change))),
    on(fx.FixStarted, _fix_started),
    on(fx.FixApplied, _fix_applied),
    on(fx.FixReverted, _failed),
    on(fx.FixVerified, _verified),
    on(fx.VerificationFailed, _failed),
    on(fx.VerificationWaived, _waived),
    on(fx.MonitoringChecked, _monitored),
    on(fx.MonitoringRegressed, _failed),
)
