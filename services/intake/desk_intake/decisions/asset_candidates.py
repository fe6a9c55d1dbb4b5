"""Step 2: candidates for the asset of a ticket, frozen as a source answered them. Never a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desk.contract.event import Draft
from desk.contract.streams.client import Device
from desk.contract.ticket.intake.assets import AssetCandidatesCollected, CandidateDevice, subject_of
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_integrations.evidence.definition import Snapshot
from desk_integrations.evidence.subject import Subject
from desk_integrations.kinds.rmm import AssetCandidates
from desk_integrations.outcomes import Missing

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class MappedCandidates:
    """The candidates of a source, each with the device of the client that it is mapped to."""

    candidates: tuple[CandidateDevice, ...]
    missing: tuple[Missing, ...]


def searched(ticket: Ticket) -> Subject | None:
    """The client and contact, while the ticket has no asset and says whom or which host name to look for."""
    s = ticket.intake
    if s.asset is not None or s.asset_waived is not None or not s.client:
        return None
    if not (s.contact or s.reported_hostname or s.reported_upn):
        return None
    return Subject(s.client, subject_of(s.client, s.contact))


def mapped(found: AssetCandidates, source: str, devices: Mapping[str, Device]) -> MappedCandidates:
    """The candidates under the ids of the client's devices; one whose id is not mapped stays without."""
    ours = {device.ids[source]: name for name, device in devices.items() if source in device.ids}
    candidates = tuple(
        CandidateDevice(
            external=one.device.external,
            confidence=one.confidence,
            why=one.why,
            device=ours.get(one.device.external),
            hostname=one.device.hostname[:LONGEST_NAME] or None,
        )
        for one in found.candidates
    )
    return MappedCandidates(candidates, found.missing)


def record_candidates(found: Snapshot[CandidateDevice], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The snapshot as a fact; a person or a rule links one of the candidates."""
    data = AssetCandidatesCollected(
        snapshot=found.id,
        source=found.source,
        state=found.state,
        client=found.subject.client,
        asked_at=found.asked_at,
        contact=ticket.intake.contact,
        candidates=found.items,
        omitted=found.omitted,
        unavailable=found.unavailable,
        reason=found.reason,
    )
    return [Draft(data=data)]
