"""Records of the PSA's set-up, and of its subscriptions and change log (contract 1.1, 4.4)."""

from __future__ import annotations

from msgspec import field

from desk_connectors.connectwise.records.reading import Info, Number, Record, Reference, When


class Board(Record, frozen=True, kw_only=True):
    """A service or project board, which owns statuses, types and teams."""

    id: int
    name: str
    inactive_flag: bool = False
    project_flag: bool = False
    info: Info = field(name="_info", default_factory=Info)


class BoardStatus(Record, frozen=True, kw_only=True):
    """A status of one board. Tickets in a status with `closed_status` are closed; the name is free text."""

    id: int
    name: str
    board: Reference | None = None
    sort_order: int = 0
    inactive: bool = False
    closed_status: bool = False
    default_flag: bool = False
    time_entry_not_allowed: bool = False
    escalation_status: str = ""


class Priority(Record, frozen=True, kw_only=True):
    """A priority. `level` is `Critical`, `High`, `Medium` or `Low`; the name is free text."""

    id: int
    name: str
    color: str = ""
    sort_order: int | None = None
    default_flag: bool = False
    level: str = ""


class CallbackEntry(Record, frozen=True, kw_only=True):
    """A subscription. `object_id` is the object at `level`; `inactive_flag` is set by the vendor after failures."""

    id: int
    url: str
    object_id: int
    type: str
    level: str
    description: str = ""
    member_id: int | None = None
    payload_version: str = ""
    inactive_flag: bool = False
    is_soap_callback_flag: bool = False
    is_self_suppressed_flag: bool = False
    connect_wise_id: str = field(name="connectWiseID", default="")
    info: Info = field(name="_info", default_factory=Info)


class ChangeLogEntry(Record, frozen=True, kw_only=True):
    """A ticket's state after one change. Status and team are names; `owner_identifier` is a member's id."""

    id: Number
    action: str = ""
    ticket_number: int | None = None
    record_type: str = ""
    board_id: int | None = None
    status: str = ""
    priority_id: int | None = None
    severity: str = ""
    impact: str = ""
    company_identifier: int | None = None
    contact_id: int | None = None
    team_name: str = ""
    owner_identifier: int | None = None
    ticket_owner: str = ""
    resource_list: str = ""
    summary: str = ""
    closed_flag: bool = False
    parent_ticket_id: int | None = None
    merged_parent_ticket_id: int | None = None
    product_instance_id: str = ""
    sla_status: str = ""
    info: Info = field(name="_info", default_factory=Info)


class AuditEntry(Record, frozen=True, kw_only=True):
    """One line of the audit trail: `text` is a sentence for people, in the language of the system."""

    text: str = ""
    entered_date: When | None = None
    entered_by: str = ""
    audit_type: str = ""
    audit_sub_type: str = ""
    audit_source: str = ""


class SystemInfo(Record, frozen=True, kw_only=True):
    """The installation's data from `GET /system/info`."""

    version: str = ""
    is_cloud: bool = False
    server_time_zone: str = ""


class CompanyInfo(Record, frozen=True, kw_only=True):
    """The login site's data of a company: `codebase` is the path prefix, which changes with every upgrade."""

    codebase: str = field(name="Codebase")
    company_name: str = field(name="CompanyName", default="")
    version_number: str = field(name="VersionNumber", default="")
    company_id: str = field(name="CompanyID", default="")
    is_cloud: bool = field(name="IsCloud", default=False)
