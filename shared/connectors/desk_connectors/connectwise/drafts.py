"""Request bodies that create records. Times are aware instants; empty optional fields are not sent."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk_connectors.connectwise.records.times import stamp

Level = Literal["Low", "Medium", "High"]
Billable = Literal["Billable", "DoNotBill", "NoCharge", "NoDefault"]


class RequestBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Base of the request bodies: fields at their default are left out."""


class Ref(RequestBody, frozen=True, kw_only=True):
    """A complete reference, by id or by the vendor's identifier."""

    id: int | None = None
    identifier: str | None = None


class NewTicket(RequestBody, frozen=True, kw_only=True, tag_field="recordType", tag="ServiceTicket"):
    """A service ticket to create. `external_x_ref` is required, because it makes a repeat safe.

    It and `summary` have at most 100 characters. The initial texts are written on creation and never read back.
    """

    summary: str
    board: Ref
    company: Ref
    external_x_ref: str
    status: Ref | None = None
    contact: Ref | None = None
    site: Ref | None = None
    priority: Ref | None = None
    team: Ref | None = None
    owner: Ref | None = None
    type: Ref | None = None
    agreement: Ref | None = None
    severity: Level | None = None
    impact: Level | None = None
    initial_description: str | None = None
    initial_internal_analysis: str | None = None
    process_notifications: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.summary) <= 100:
            raise ValueError("summary: the vendor takes 1 to 100 characters; put the rest into initial_description")
        if not 1 <= len(self.external_x_ref) <= 100:
            raise ValueError("external_x_ref: give 1 to 100 characters that name this ticket on our side")


class NewNote(RequestBody, frozen=True, kw_only=True):
    """A note to add. `detail_description_flag` shows it to the client; at least one of the flags must be set."""

    text: str
    detail_description_flag: bool = False
    internal_analysis_flag: bool = False
    resolution_flag: bool = False
    process_notifications: bool = True

    def __post_init__(self) -> None:
        if not (self.detail_description_flag or self.internal_analysis_flag or self.resolution_flag):
            raise ValueError("a note needs detail_description_flag, internal_analysis_flag or resolution_flag")


class NewTimeEntry(RequestBody, frozen=True, kw_only=True):
    """Work on a ticket. Times are cut to whole seconds when sent, because the vendor refuses fractions."""

    charge_to_id: int
    charge_to_type: Literal["ServiceTicket", "ProjectTicket"]
    member: Ref
    time_start: datetime
    time_end: datetime
    billable_option: Billable
    work_type: Ref | None = None
    work_role: Ref | None = None
    agreement: Ref | None = None
    notes: str | None = None
    internal_notes: str | None = None
    add_to_detail_description_flag: bool = False
    add_to_internal_analysis_flag: bool = False
    add_to_resolution_flag: bool = False

    def __post_init__(self) -> None:
        if self.time_end <= self.time_start:
            raise ValueError("time_end: must be after time_start")


def encode(draft: RequestBody) -> bytes:
    """The request body."""
    sent = msgspec.to_builtins(draft, builtin_types=(datetime,))
    return msgspec.json.encode({name: stamp(v) if isinstance(v, datetime) else v for name, v in sent.items()})
