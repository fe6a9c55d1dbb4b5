"""Triage's dealings with vendors: the evidence that it collects by itself, one row per kind of evidence."""

from __future__ import annotations

from desk.contract.ticket.intake import facts as intake
from desk.contract.ticket.intake import psa
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends
from desk_integrations.evidence.collector import Table, collected
from desk_integrations.evidence.definition import Evidence, Lookup
from desk_integrations.evidence.subject import Question
from desk_integrations.instances.document import load
from desk_integrations.kinds.rmm import DeviceChanges, Rmm
from desk_integrations.outcomes import Empty, Outcome
from desk_triage.decisions.device_changes import linked_device, newest_first, record_changes, window


async def _changes(rmm: Rmm, question: Question, _ticket: Ticket, _lookup: Lookup) -> Outcome[DeviceChanges]:
    if question.window_from is None or question.window_to is None:
        return Empty()
    return await rmm.changes(question.client, question.about, question.window_from, question.window_to)


def _never_reported(rmm: Rmm) -> tuple[str, ...]:
    return rmm.capabilities.unavailable


EVIDENCE: Table = (
    Evidence(
        name="device-changes",
        kind="rmm",
        triggers=(intake.AssetLinked, intake.TicketAdopted, intake.Unmerged, psa.PsaBack, ends.Reopened),
        subject=linked_device,
        answers=lambda ticket: ticket.triage.change_sources,
        ask=_changes,
        items=newest_first,
        record=record_changes,
        window=window,
        never_reported=_never_reported,
    ),
)
INTEGRATIONS = collected("triage", EVIDENCE, lambda settings: load(settings.integrations))
