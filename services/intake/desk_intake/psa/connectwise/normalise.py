"""Converts ConnectWise's records to the port's types. Pure: the status map and the members come in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

from desk.contract.bounds import EARLIEST, in_bounds, shortened
from desk.contract.event import Actor
from desk.contract.ticket.intake.psa import LeftOut, Via
from desk_connectors.connectwise.marker import unmarked
from desk_connectors.connectwise.records import Ticket, TimeEntry, stamp, ticket_revision
from desk_intake.psa.config import PsaInstanceSettings
from desk_intake.psa.connectwise.levels import level_of
from desk_intake.psa.ids import client_id, contact_id
from desk_intake.psa.observe.status_map import InstanceStatusMap
from desk_intake.psa.port import Fields, ObservedTicket, ObservedTimeEntry

LINK = "/v4_6_release/services/system_io/Service/fv_sr100_request.rails?service_recid="
SUMMARY_BYTES = 12
HOUR = timedelta(hours=1)
HOURS_ROUNDED = 0.0051
"""Hours are rounded to two decimals."""


def actor_of(member: str, instance: PsaInstanceSettings, bots: Collection[str]) -> Actor:
    """The actor of a member's identifier: a member, a program, or intake itself."""
    if member.lower() == instance.api_member.lower():
        return Actor("service", "intake")
    name = member.lower()
    program = name in bots or name in {bot.lower() for bot in instance.bots}
    return Actor("bot" if program else "psa-member", member or "unknown")


def summary_hash(text: str, instance: PsaInstanceSettings) -> str:
    """Keyed hash of a summary, an HMAC under the instance's secret: equal texts can be compared without being kept."""
    secret = instance.private_key.get_secret_value().encode()
    return hmac.new(secret, b"summary|" + text.strip().encode(), hashlib.sha256).hexdigest()[: 2 * SUMMARY_BYTES]


def observed_ticket(
    ticket: Ticket, via: Via, statuses: InstanceStatusMap, instance: PsaInstanceSettings, bots: Collection[str]
) -> ObservedTicket:
    """Convert a ticket's record."""
    board, status = str(ticket.board.id), str(ticket.status.id)
    actor = actor_of(ticket.info.updated_by or ticket.info.entered_by, instance, bots)
    return ObservedTicket(
        record=str(ticket.id),
        revision=ticket_revision(ticket, instance.private_key.get_secret_value().encode()),
        at=ticket.info.last_updated,
        by=str(actor),
        own=actor.kind == "service",
        fields=_fields(ticket, statuses, instance),
        status_class=statuses.status_class(board, status),
        mapping_version=statuses.version,
        summary=ticket.summary.strip(),
        opened_at=ticket.info.date_entered or ticket.info.last_updated,
        created_by=ticket.info.entered_by,
        kind=statuses.kind(board, str(ticket.type.id) if ticket.type else None),
        via=via,
        xref=ticket.external_x_ref,
        url=f"{instance.site}{LINK}{ticket.id}",
        in_scope=_in_scope(ticket, statuses, instance),
        merged_into=str(ticket.merged_parent_ticket.id) if ticket.merged_parent_ticket else None,
        absorbs=ticket.has_merged_child_ticket_flag,
        level=level_of(ticket),
    )


def _fields(ticket: Ticket, statuses: InstanceStatusMap, instance: PsaInstanceSettings) -> Fields:
    board = str(ticket.board.id)
    return {
        "status": str(ticket.status.id),
        "board": board,
        "impact": statuses.level("impact", ticket.impact),
        "urgency": statuses.level("urgency", ticket.severity),
        "priority": statuses.priority(str(ticket.priority.id)) if ticket.priority else None,
        "queue": statuses.queue(board, str(ticket.team.id) if ticket.team else None, ticket.board.name),
        "technician": ticket.members[0] if ticket.members else None,
        "contact": contact_id(instance.id, ticket.contact.id) if ticket.contact else None,
        "client": client_id(instance.id, ticket.company.id),
        "summary": summary_hash(ticket.summary, instance),
    }


def _in_scope(ticket: Ticket, statuses: InstanceStatusMap, instance: PsaInstanceSettings) -> bool:
    if ticket.record_type != "ServiceTicket":
        return False
    listed = not instance.boards or ticket.board.id in instance.boards
    return listed and not statuses.excluded(str(ticket.board.id))


def observed_time_entry(
    entry: TimeEntry, instance: PsaInstanceSettings, bots: Collection[str]
) -> ObservedTimeEntry | None:
    """Convert a time entry; None if it is not charged to a ticket."""
    if entry.ticket_id is None:
        return None
    left_out = _left_out(entry)
    secret = instance.private_key.get_secret_value().encode()
    digest = hmac.new(secret, repr(_watched(entry)).encode(), hashlib.sha256).hexdigest()[:12]
    return ObservedTimeEntry(
        entry=str(entry.id),
        record=str(entry.ticket_id),
        revision=f"{stamp(entry.info.last_updated)}-{digest}",
        at=entry.info.last_updated,
        by=str(actor_of(entry.info.updated_by, instance, bots)),
        technician=entry.member.identifier if entry.member else None,
        start=None if left_out else entry.time_start,
        end=entry.time_end,
        minutes=_minutes(entry),
        role=entry.work_role.name if entry.work_role else None,
        work_type=entry.work_type.name if entry.work_type else None,
        billable=entry.billable_option or None,
        notes=shortened(unmarked(entry.notes)),
        left_out=left_out,
    )


def _watched(entry: TimeEntry) -> tuple[object, ...]:
    """The values whose change is a new revision of the entry."""
    parts = (entry.time_start, entry.time_end, entry.ticket_id, entry.billable_option, entry.actual_hours, entry.notes)
    flags = (entry.add_to_detail_description_flag, entry.add_to_internal_analysis_flag, entry.add_to_resolution_flag)
    added = (entry.hours_deduct or None, *flags, entry.email_contact_flag)
    # entries without any of these keep the revision that an earlier release recorded
    return (*parts, *added) if any(added) else parts


def _left_out(entry: TimeEntry) -> dict[str, LeftOut]:
    if in_bounds(entry.time_start):
        return {}
    return {"start": "too-early" if entry.time_start < EARLIEST else "future"}


def _minutes(entry: TimeEntry) -> int | None:
    """Minutes worked as the PSA counts them; None while the entry runs, and if start and end give the same.

    Hours have two decimals, so start and end are more exact if both agree.
    """
    both = entry.time_end is not None and in_bounds(entry.time_start)
    stretch = (entry.time_end - entry.time_start) / HOUR if entry.time_end and both else None
    hours = entry.actual_hours
    if hours is None and stretch is not None and entry.hours_deduct:
        hours = Decimal(str(round(stretch, 4))) - entry.hours_deduct
    if hours is None or (stretch is not None and abs(stretch - float(hours)) <= HOURS_ROUNDED):
        return None
    return max(0, round(hours * 60))
