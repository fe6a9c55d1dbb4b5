"""Records of clients, contacts, devices, agreements, and the MSP's own members (contract 4.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from msgspec import field

from desk_connectors.connectwise.records.reading import Info, Number, Record, Reference, When, names


class Company(Record, frozen=True, kw_only=True):
    """A client. It has no inactive flag: `deleted_flag` and the record behind `status` decide."""

    unused: ClassVar[frozenset[str]] = names("site territory market defaultContact calendar")

    id: Number
    identifier: str = ""
    name: str
    status: Reference | None = None
    types: list[Reference] = field(default_factory=list)
    deleted_flag: bool = False
    site: Reference | None = None
    territory: Reference | None = None
    market: Reference | None = None
    default_contact: Reference | None = None
    time_zone_setup: Reference | None = None
    calendar: Reference | None = None
    info: Info = field(name="_info", default_factory=Info)


class CompanyStatus(Record, frozen=True, kw_only=True):
    """A status of companies; `inactive_flag` makes the companies in it inactive."""

    id: int
    name: str = ""
    inactive_flag: bool = False
    default_flag: bool = False


class CommunicationItem(Record, frozen=True, kw_only=True):
    """One way to reach a contact. `communication_type` is `Email`, `Phone` or `Fax`."""

    id: int | None = None
    type: Reference | None = None
    value: str = ""
    communication_type: str = ""
    default_flag: bool = False
    domain: str = ""


class Contact(Record, frozen=True, kw_only=True):
    """A person at a client. The record in a callback has fewer fields than that of a GET."""

    unused: ClassVar[frozenset[str]] = names(
        "site title defaultFlag portalSecurityLevel disablePortalLoginFlag managerContact"
    )

    id: Number
    first_name: str = ""
    last_name: str = ""
    company: Reference | None = None
    site: Reference | None = None
    title: str = ""
    inactive_flag: bool = False
    default_flag: bool = False
    types: list[Reference] = field(default_factory=list)
    communication_items: list[CommunicationItem] = field(default_factory=list)
    portal_security_level: int | None = None
    disable_portal_login_flag: bool = False
    manager_contact: Reference | None = None
    info: Info = field(name="_info", default_factory=Info)

    def reach(self, communication_type: str) -> tuple[str, ...]:
        """Values of one kind (`Email`, `Phone`, `Fax`), the default ones first."""
        items = [item for item in self.communication_items if item.communication_type == communication_type]
        items.sort(key=lambda item: not item.default_flag)
        return tuple(item.value for item in items if item.value)


class Agreement(Record, frozen=True, kw_only=True):
    """A contract of a client. `application_units` is `Amount`, `Hours` or `Incidents`."""

    unused: ClassVar[frozenset[str]] = names(
        "name sla applicationUnits applicationLimit applicationCycle applicationUnlimitedFlag billAmount"
        " parentAgreement"
    )

    id: Number
    name: str = ""
    type: Reference
    company: Reference
    agreement_status: str = ""
    cancelled_flag: bool = False
    start_date: When | None = None
    end_date: When | None = None
    no_ending_date_flag: bool = False
    sla: Reference | None = None
    application_units: str = ""
    application_limit: Decimal | None = None
    application_cycle: str = ""
    application_unlimited_flag: bool = False
    cover_agreement_time: bool = False
    cover_agreement_product: bool = False
    cover_agreement_expense: bool = False
    bill_time: str = ""
    bill_amount: Decimal | None = None
    parent_agreement: Reference | None = None
    info: Info = field(name="_info", default_factory=Info)


class Configuration(Record, frozen=True, kw_only=True):
    """A device or service of a client. Its flag is positive: `active_flag`."""

    unused: ClassVar[frozenset[str]] = names(
        "name status contact site deviceIdentifier serialNumber modelNumber tagNumber sla warrantyExpirationDate"
        " macAddress ipAddress osType lastLoginName parentConfigurationId manufacturer vendor"
    )

    id: Number
    name: str = ""
    type: Reference | None = None
    status: Reference | None = None
    company: Reference | None = None
    contact: Reference | None = None
    site: Reference | None = None
    active_flag: bool = True
    device_identifier: str = ""
    serial_number: str = ""
    model_number: str = ""
    tag_number: str = ""
    sla: Reference | None = None
    warranty_expiration_date: When | None = None
    mac_address: str = ""
    ip_address: str = ""
    os_type: str = ""
    last_login_name: str = ""
    parent_configuration_id: int | None = None
    manufacturer: Reference | None = None
    vendor: Reference | None = None
    info: Info = field(name="_info", default_factory=Info)


class Member(Record, frozen=True, kw_only=True):
    """One of the MSP's staff, or an integration. `license_class`: F full, A API, C StreamlineIT, X subcontractor."""

    unused: ClassVar[frozenset[str]] = names("officeEmail primaryEmail timeZone calendar workRole")

    id: Number
    identifier: str
    first_name: str = ""
    last_name: str = ""
    inactive_flag: bool = False
    license_class: str = ""
    office_email: str = ""
    primary_email: str = ""
    time_zone: Reference | None = None
    calendar: Reference | None = None
    work_role: Reference | None = None
    info: Info = field(name="_info", default_factory=Info)
