"""Records of tickets, their notes and their time entries (contract 4.1 to 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar, Literal

from msgspec import field

from desk_connectors.connectwise.records.reading import Info, Number, Record, Reference, Stamp, When, names

RecordType = Literal["ServiceTicket", "ProjectTicket", "ProjectIssue"]


class PriorityReference(Reference, frozen=True, kw_only=True):
    """`sort` 1 is the most urgent; `level` is `Critical`, `High`, `Medium`, `Low` or empty."""

    sort: int | None = None
    level: str = ""


class AgreementReference(Reference, frozen=True, kw_only=True):
    """`type` is the name of the agreement's type."""

    type: str = ""


class MergedParent(Record, frozen=True, kw_only=True):
    """The ticket into which this one was merged."""

    id: int
    summary: str = ""


class Ticket(Record, frozen=True, kw_only=True):
    """A service or project ticket. Hours are decimal hours, minutes whole minutes, times UTC.

    `severity` is the vendor's word for urgency. `sla_status` is a display text; never compute due times from it.
    `is_in_sla` is None if the vendor does not send it. Skipped minutes exist for two goals only.
    """

    id: Number
    summary: str
    board: Reference
    status: Reference
    company: Reference
    info: Stamp = field(name="_info")
    record_type: str = "ServiceTicket"
    priority: PriorityReference | None = None
    severity: str = ""
    impact: str = ""
    site: Reference | None = None
    site_name: str = ""
    contact: Reference | None = None
    contact_name: str = ""
    contact_email_address: str = ""
    contact_phone_number: str = ""
    type: Reference | None = None
    sub_type: Reference | None = None
    item: Reference | None = None
    team: Reference | None = None
    owner: Reference | None = None
    resources: str = ""
    agreement: AgreementReference | None = None
    bill_time: str = ""
    billing_method: str = ""
    parent_ticket_id: int | None = None
    has_child_ticket: bool = False
    has_merged_child_ticket_flag: bool = False
    merged_parent_ticket: MergedParent | None = None
    external_x_ref: str = ""
    closed_flag: bool = False
    closed_date: When | None = None
    closed_by: str = ""
    required_date: When | None = None
    date_responded: When | None = None
    date_resplan: When | None = None
    date_resolved: When | None = None
    sla: Reference | None = None
    sla_status: str = ""
    is_in_sla: bool | None = None
    minutes_waiting: int | None = None
    respond_minutes: int | None = None
    res_plan_minutes: int | None = None
    resolve_minutes: int | None = None
    responded_skipped_minutes: int | None = None
    resplan_skipped_minutes: int | None = None
    actual_hours: Decimal | None = None
    budget_hours: Decimal | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """Identifiers of all assigned members: the owner first, then `resources`; the vendor uses both."""
        named = [self.owner.identifier] if self.owner and self.owner.identifier else []
        named += [part.strip() for part in self.resources.split(",") if part.strip()]
        return tuple(dict.fromkeys(named))


class Note(Record, frozen=True, kw_only=True):
    """A note of a ticket. More than one of the three flags may be set; `detail_description_flag` is public.

    `internal_flag` and `external_flag` are the vendor's visibility flags; None if it does not send them.
    """

    unused: ClassVar[frozenset[str]] = names("ticketId _info.updatedBy")
    equivalents: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {
            "dateCreated": ("_info.dateEntered", "_info.lastUpdated"),
            "createdBy": ("member.identifier", "_info.enteredBy", "contact.id"),
            "_info.dateEntered": ("dateCreated", "_info.lastUpdated"),
            "_info.enteredBy": ("member.identifier", "createdBy", "contact.id"),
            "_info.lastUpdated": ("dateCreated", "_info.dateEntered"),
        }
    )
    id: Number
    ticket_id: int | None = None
    text: str = ""
    detail_description_flag: bool = False
    internal_analysis_flag: bool = False
    resolution_flag: bool = False
    internal_flag: bool | None = None
    external_flag: bool | None = None
    customer_updated_flag: bool = False
    member: Reference | None = None
    contact: Reference | None = None
    date_created: When | None = None
    created_by: str = ""
    info: Info = field(name="_info", default_factory=Info)


class TimeEntry(Record, frozen=True, kw_only=True):
    """An interval of work. Hours are decimal hours; `charge_to_id` is a ticket only for the two ticket types.

    The `add_to` flags copy `notes` to the ticket, `email_contact_flag` mails them to its contact. `time_start` may be
    outside 1970 to 2100: the entry is kept without that time.
    """

    judged: ClassVar[frozenset[str]] = frozenset(("time_start",))
    unused: ClassVar[frozenset[str]] = names("company agreement hoursBilled invoiceHours invoiceFlag status")
    equivalents: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {
            "dateEntered": ("_info.dateEntered", "_info.lastUpdated"),
            "enteredBy": ("_info.enteredBy",),
            "_info.dateEntered": ("dateEntered", "_info.lastUpdated"),
            "_info.enteredBy": ("enteredBy",),
        }
    )
    id: Number
    time_start: When
    info: Stamp = field(name="_info")
    time_end: When | None = None
    charge_to_id: int | None = None
    charge_to_type: str = ""
    company: Reference | None = None
    member: Reference | None = None
    work_role: Reference | None = None
    work_type: Reference | None = None
    agreement: AgreementReference | None = None
    actual_hours: Decimal | None = None
    hours_deduct: Decimal | None = None
    hours_billed: Decimal | None = None
    invoice_hours: Decimal | None = None
    billable_option: str = ""
    invoice_flag: bool = False
    notes: str = ""
    internal_notes: str = ""
    add_to_detail_description_flag: bool = False
    add_to_internal_analysis_flag: bool = False
    add_to_resolution_flag: bool = False
    email_contact_flag: bool = False
    date_entered: When | None = None
    entered_by: str = ""
    status: str = ""

    @property
    def ticket_id(self) -> int | None:
        """The id of the charged ticket, None if the entry is charged to something else."""
        return self.charge_to_id if self.charge_to_type in ("ServiceTicket", "ProjectTicket") else None
