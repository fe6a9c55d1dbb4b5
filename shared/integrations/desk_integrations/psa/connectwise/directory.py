"""ConnectWise's companies, agreements, configurations, contacts and members as records of the port. Pure."""

from __future__ import annotations

from desk_connectors.connectwise.records import Agreement, BoardStatus, Company, Configuration, Contact, Member
from desk_connectors.connectwise.records.reading import VENDOR
from desk_integrations.kinds.psa import (
    BEGINNING,
    PsaAgreement,
    PsaClient,
    PsaContact,
    PsaDevice,
    PsaMember,
    PsaStatus,
    revision_of,
)
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance
from desk_integrations.psa.connectwise.zones import iana
from desk_integrations.vendor_errors import VendorAnswerInvalid

OVER = frozenset({"Cancelled", "Expired", "Inactive"})
PROGRAM = "A"
"""The licence class of members that are integrations."""


def client_of(company: Company, instance: ConnectWiseInstance) -> PsaClient:
    """A company. A time zone that no map has makes the record `unreadable` in that part."""
    zone = iana(company.time_zone_setup.name, instance.zones) if company.time_zone_setup else None
    return PsaClient(
        record=str(company.id),
        title=company.name or company.identifier,
        changed_at=company.info.last_updated,
        status=str(company.status.id) if company.status else None,
        deleted=company.deleted_flag,
        kinds=tuple(sorted(kind.name for kind in company.types)),
        zone=zone,
        unreadable=_unknown_zone(company, zone),
    )


def _unknown_zone(company: Company, zone: str | None) -> VendorAnswerInvalid | None:
    setup = company.time_zone_setup
    if setup is None or not setup.name or zone is not None:
        return None
    problem = f"no IANA zone is mapped for id {setup.id}: map its name in `zones`"
    return VendorAnswerInvalid(VENDOR, f"Company {company.id}", "timeZoneSetup", problem, company.id)


def agreement_of(agreement: Agreement) -> PsaAgreement:
    """One contract of a company."""
    over = agreement.cancelled_flag or agreement.agreement_status in OVER
    ends = None if agreement.no_ending_date_flag else agreement.end_date
    covers = _covers(agreement)
    starts = agreement.start_date or BEGINNING
    watched = (agreement.type.id, starts, ends, covers, over, agreement.bill_time)
    return PsaAgreement(
        record=str(agreement.id),
        client=str(agreement.company.id),
        revision=revision_of(agreement.info.last_updated, *watched),
        kind=agreement.type.name,
        changed_at=agreement.info.last_updated,
        starts=agreement.start_date,
        ends=ends,
        ended_at=agreement.end_date,
        covers=covers,
        rates=agreement.bill_time or None,
        over=over,
    )


def _covers(agreement: Agreement) -> tuple[str, ...]:
    covered = (
        ("time", agreement.cover_agreement_time),
        ("product", agreement.cover_agreement_product),
        ("expense", agreement.cover_agreement_expense),
    )
    return tuple(name for name, applies in covered if applies)


def device_of(configuration: Configuration) -> PsaDevice:
    """A configuration."""
    return PsaDevice(
        record=str(configuration.id),
        client=str(configuration.company.id) if configuration.company else None,
        kind=configuration.type.name if configuration.type else "",
        name=configuration.name,
        active=configuration.active_flag,
        changed_at=configuration.info.last_updated,
    )


def contact_of(contact: Contact) -> PsaContact:
    """A contact of a company."""
    return PsaContact(
        record=str(contact.id),
        client=str(contact.company.id) if contact.company else None,
        full_name=f"{contact.first_name} {contact.last_name}".strip(),
        active=not contact.inactive_flag,
        changed_at=contact.info.last_updated,
        emails=contact.reach("Email"),
        phones=contact.reach("Phone"),
        kinds=tuple(sorted(kind.name for kind in contact.types)),
        reachable=bool(contact.communication_items),
    )


def member_of(member: Member) -> PsaMember:
    """A member, or an integration's login."""
    return PsaMember(
        record=str(member.id),
        identifier=member.identifier,
        full_name=f"{member.first_name} {member.last_name}".strip(),
        active=not member.inactive_flag,
        program=member.license_class == PROGRAM,
        changed_at=member.info.last_updated,
    )


def status_of(status: BoardStatus) -> PsaStatus:
    """A status of a board."""
    return PsaStatus(status=str(status.id), name=status.name, closed=status.closed_status)
