"""Intake's dealings with vendors: the PSA, and the evidence that it collects by itself."""

from __future__ import annotations

from desk.contract.event import Stream
from desk.contract.sealing import KeyRing
from desk.contract.streams.client import Client
from desk.contract.streams.person import Person
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.assets import AssetUnlinked
from desk.contract.ticket.intake.caller import CallerReplaced, CallerVerified
from desk.contract.ticket.intake.psa_record import PsaBack
from desk.contract.ticket.ticket import Ticket
from desk.policies.book import PolicyBook
from desk.service.definition import Integrations
from desk.service.merged_integrations import merged
from desk.settings import Settings
from desk_intake.decisions.asset_candidates import MappedCandidates, mapped, record_candidates, searched
from desk_intake.psa.composition import psa_integrations
from desk_integrations.evidence.collector import Table, collected
from desk_integrations.evidence.definition import Evidence, Lookup
from desk_integrations.evidence.subject import Question
from desk_integrations.instances.document import Instances, load
from desk_integrations.kinds.rmm import AssetCandidates, Rmm
from desk_integrations.outcomes import Outcome


async def _candidates(rmm: Rmm, question: Question, ticket: Ticket, lookup: Lookup) -> Outcome[MappedCandidates]:
    hostname = lookup.readable(ticket.intake.reported_hostname)
    upn = lookup.readable(ticket.intake.reported_upn) or await _contact_upn(ticket, lookup)
    found = await rmm.find(question.client, hostname=hostname, upn=upn)
    if not isinstance(found, AssetCandidates):
        return found
    client: Client = await lookup.state(Stream.CLIENTS, question.client)
    return mapped(found, question.source, client.devices)


async def _contact_upn(ticket: Ticket, lookup: Lookup) -> str | None:
    """The UPN of the ticket's contact, else the mail address, which is the UPN in most tenants."""
    if ticket.intake.contact is None:
        return None
    person: Person = await lookup.state(Stream.PEOPLE, ticket.intake.contact)
    if person.contact.client != ticket.intake.client:
        return None
    return lookup.readable(person.contact.upn) or lookup.readable(person.contact.email)


EVIDENCE: Table = (
    Evidence(
        name="asset-candidates",
        kind="rmm",
        triggers=(
            f.TicketOpened,
            CallerVerified,
            CallerReplaced,
            f.ClientCorrected,
            AssetUnlinked,
            f.TicketAdopted,
            f.Unmerged,
            PsaBack,
        ),
        subject=searched,
        answers=lambda ticket: ticket.intake.candidate_sources,
        ask=_candidates,
        items=lambda found: found.candidates,
        record=record_candidates,
    ),
)


def _called_by_others(settings: Settings, _ring: KeyRing, _book: PolicyBook) -> Integrations:
    """The instances that other services call: intake records the mappings of their clients and devices too."""
    instances = [one for one in load(settings.integrations).instances if not one.called_by("intake")]
    return Integrations(sources=Instances(instances=instances))


INTEGRATIONS = merged(
    psa_integrations, collected("intake", EVIDENCE, lambda settings: load(settings.integrations)), _called_by_others
)
