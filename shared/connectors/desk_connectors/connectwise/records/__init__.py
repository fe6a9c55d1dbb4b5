"""The vendor's records, in the vendor's terms, limited to the fields that a service desk needs."""

from desk_connectors.connectwise.records.directory import (
    Agreement,
    CommunicationItem,
    Company,
    CompanyStatus,
    Configuration,
    Contact,
    Member,
)
from desk_connectors.connectwise.records.reading import Info, Record, Reference, Stamp, read, read_list
from desk_connectors.connectwise.records.revision import ticket_revision
from desk_connectors.connectwise.records.setup import (
    AuditEntry,
    Board,
    BoardStatus,
    CallbackEntry,
    ChangeLogEntry,
    CompanyInfo,
    Priority,
    SystemInfo,
)
from desk_connectors.connectwise.records.ticket import (
    AgreementReference,
    MergedParent,
    Note,
    PriorityReference,
    Ticket,
    TimeEntry,
)
from desk_connectors.connectwise.records.times import stamp

__all__ = [
    "Agreement",
    "AgreementReference",
    "AuditEntry",
    "Board",
    "BoardStatus",
    "CallbackEntry",
    "ChangeLogEntry",
    "CommunicationItem",
    "Company",
    "CompanyInfo",
    "CompanyStatus",
    "Configuration",
    "Contact",
    "Info",
    "Member",
    "MergedParent",
    "Note",
    "Priority",
    "PriorityReference",
    "Record",
    "Reference",
    "Stamp",
    "SystemInfo",
    "Ticket",
    "TimeEntry",
    "read",
    "read_list",
    "stamp",
    "ticket_revision",
]
