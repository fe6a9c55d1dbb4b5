"""Tracks, by field, intake's last fact that triage's decision was based on. Later observations are undecided."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage.slice import TriageSlice

FIELDS: Mapping[type[Payload], tuple[str, ...]] = {
    d.PriorityAssessed: ("priority", "impact", "urgency"),
    d.PriorityOverridden: ("priority",),
    d.Queued: ("queue",),
    d.Assigned: ("technician",),
    d.Unassigned: ("technician",),
}
OWNER = "intake="


def answered(s: TriageSlice, event: Event) -> TriageSlice:
    """The slice with intake's ownerseq that this fact's decision was based on, for the fields that it decides."""
    fields = FIELDS.get(type(event.data))
    if fields is None:
        return s
    seen = next((int(part.removeprefix(OWNER)) for part in event.basis.split(",") if part.startswith(OWNER)), 0)
    return replace(
        s, decided_at_seq={**s.decided_at_seq, **{field: max(seen, s.decided_at_seq.get(field, 0)) for field in fields}}
    )
