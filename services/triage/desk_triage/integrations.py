"""Triage's dealings with vendors: the evidence that it collects, one row per kind of evidence, and its pages."""

from __future__ import annotations

from desk.contract.event import Stream
from desk.contract.sealing import KeyRing
from desk.contract.streams.client import Client
from desk.contract.ticket.intake import facts as intake
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived
from desk.contract.ticket.intake.psa_record import PsaBack
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends, fix
from desk.policies.book import PolicyBook
from desk.service.definition import Integrations
from desk.service.merged_integrations import Compose, merge
from desk.settings import Settings
from desk_integrations.evidence.collector import Collector, Table
from desk_integrations.evidence.definition import Evidence, Lookup
from desk_integrations.evidence.subject import Question
from desk_integrations.instances.document import load
from desk_integrations.kinds.monitoring import Monitoring, MonitoringAlerts
from desk_integrations.kinds.rmm import DeviceChanges, Rmm
from desk_integrations.kinds.status import Status, StatusReading
from desk_integrations.outcomes import Empty, Outcome
from desk_triage.decisions.evidence.device_changes import linked_device, newest_first, record_changes, window
from desk_triage.decisions.evidence.known_incidents import (
    OpenIncidents,
    at_client,
    on_page,
    record_check,
    site_or_device,
)
from desk_triage.decisions.evidence.monitoring import fixed_device, record_monitoring, settle_time, since_fix
from desk_triage.paging.composition import paging

LINKED = (AssetLinked, intake.TicketAdopted, intake.Unmerged, PsaBack, ends.Reopened)
"""Facts after which evidence about the linked device is wanted."""
LINKED_OR_WAIVED = (*LINKED, AssetLinkWaived)


async def _changes(rmm: Rmm, question: Question, _ticket: Ticket, _lookup: Lookup) -> Outcome[DeviceChanges]:
    if question.window_from is None or question.window_to is None:
        return Empty()
    return await rmm.changes(question.client, question.about, question.window_from, question.window_to)


async def _on_page(page: Status, _question: Question, _ticket: Ticket, _lookup: Lookup) -> Outcome[OpenIncidents]:
    found = await page.incidents()
    return on_page(found) if isinstance(found, StatusReading) else found


async def _at_client(
    monitor: Monitoring, question: Question, _ticket: Ticket, lookup: Lookup
) -> Outcome[OpenIncidents]:
    found = await monitor.alerts(question.client)
    if not isinstance(found, MonitoringAlerts):
        return found
    client: Client = await lookup.state(Stream.CLIENTS, question.client)
    return at_client(found, question.source, question.about, client.devices)


async def _after_fix(
    monitor: Monitoring, question: Question, _ticket: Ticket, _lookup: Lookup
) -> Outcome[MonitoringAlerts]:
    return await monitor.alerts(question.client, device=question.about, since=question.window_from)


def _never_reported(source: Rmm | Status | Monitoring) -> tuple[str, ...]:
    return source.capabilities.unavailable


EVIDENCE: Table = (
    Evidence(
        name="known-incidents",
        kind="status",
        triggers=LINKED_OR_WAIVED,
        subject=site_or_device,
        answers=lambda ticket: ticket.triage.incident_sources,
        ask=_on_page,
        items=lambda found: found.incidents,
        record=record_check,
        never_reported=_never_reported,
    ),
    Evidence(
        name="known-incidents",
        kind="monitoring",
        triggers=LINKED_OR_WAIVED,
        subject=site_or_device,
        answers=lambda ticket: ticket.triage.incident_sources,
        ask=_at_client,
        items=lambda found: found.incidents,
        record=record_check,
        never_reported=_never_reported,
    ),
    Evidence(
        name="after-fix",
        kind="monitoring",
        triggers=(fix.FixApplied, AssetLinked, intake.TicketAdopted, intake.Unmerged, PsaBack),
        subject=fixed_device,
        answers=lambda ticket: ticket.triage.attempt.monitors,
        ask=_after_fix,
        items=lambda found: found.alerts,
        record=record_monitoring,
        window=since_fix,
        settle=settle_time,
        never_reported=_never_reported,
    ),
    Evidence(
        name="device-changes",
        kind="rmm",
        triggers=LINKED,
        subject=linked_device,
        answers=lambda ticket: ticket.triage.change_sources,
        ask=_changes,
        items=newest_first,
        record=record_changes,
        window=window,
        never_reported=_never_reported,
    ),
)


def compose(collector: Collector) -> Integrations:
    """The evidence that a collector of triage collects, and the pages that its adapters send."""
    return merge((collector.integrations(), paging(collector)))


def _configured(settings: Settings, _ring: KeyRing, book: PolicyBook) -> Integrations:
    """The integrations of the instances that the settings name."""
    return compose(Collector("triage", EVIDENCE, load(settings.integrations), policies=book))


INTEGRATIONS: Compose = _configured
