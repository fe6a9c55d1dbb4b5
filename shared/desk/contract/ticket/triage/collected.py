"""Answers of the collector's sources in triage's slice."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Event
from desk.contract.ticket.evidence import SourceAnswer, overall
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage.slice import Evidence, TriageSlice


def changes_collected(s: TriageSlice, e: Event) -> TriageSlice:
    """Keeps the newest answer of each source; the evidence for the gate is the strongest of those on the device."""
    d: dx.DeviceChangesCollected = e.data
    answer = SourceAnswer(e.id, d.snapshot, d.device, d.state, d.reason, d.asked_at)
    sources = {**s.change_sources, d.source: answer}
    return replace(s, change_sources=sources, changes=Evidence(e.id, d.device, overall(sources, d.device)))
