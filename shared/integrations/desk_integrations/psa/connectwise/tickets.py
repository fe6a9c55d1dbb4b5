"""ConnectWise's tickets, change log and time entries as records of the port. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from desk.contract.bounds import in_bounds
from desk_connectors.connectwise.marker import unmarked
from desk_connectors.connectwise.records import ChangeLogEntry, Ticket, TimeEntry, ticket_revision
from desk_integrations.kinds.psa import PsaHistoryEntry, PsaTicket, PsaTimeEntry, stamp
from desk_integrations.psa.connectwise.levels import level_of
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance
from desk_integrations.psa.connectwise.texts import entry_text_of

LINK = "/v4_6_release/services/system_io/Service/fv_sr100_request.rails?service_recid="
SUMMARY_BYTES = 12
HOUR = timedelta(hours=1)
HOURS_ROUNDED = 0.0051
"""Hours are rounded to two decimals."""


def summary_hash(text: str, instance: ConnectWiseInstance) -> str:
    """Names a summary without revealing it: an HMAC under the instance's secret."""
    keyed = hmac.new(instance.secret, b"summary|" + text.strip().encode(), hashlib.sha256)
    return keyed.hexdigest()[: 2 * SUMMARY_BYTES]


def ticket_of(ticket: Ticket, instance: ConnectWiseInstance) -> PsaTicket:
    """One state of a ticket's record."""
    return PsaTicket(
        record=str(ticket.id),
        revision=ticket_revision(ticket, instance.secret),
        changed_at=ticket.info.last_updated,
        changed_by=ticket.info.updated_by or ticket.info.entered_by,
        created_at=ticket.info.date_entered or ticket.info.last_updated,
        created_by=ticket.info.entered_by,
        board=str(ticket.board.id),
        board_name=ticket.board.name,
        status=str(ticket.status.id),
        client=str(ticket.company.id),
        summary=ticket.summary,
        **_optional(ticket),
        impact=ticket.impact,
        urgency=ticket.severity,
        reference=ticket.external_x_ref,
        url=f"{instance.site}{LINK}{ticket.id}",
        closed=ticket.closed_flag,
        service_desk=ticket.record_type == "ServiceTicket",
        absorbs=ticket.has_merged_child_ticket_flag,
        level=level_of(ticket),
    )


def _optional(ticket: Ticket) -> Mapping[str, str | None]:
    """References that a ticket need not have, by their ids."""
    merged = ticket.merged_parent_ticket
    return {
        "type": str(ticket.type.id) if ticket.type else None,
        "team": str(ticket.team.id) if ticket.team else None,
        "priority": str(ticket.priority.id) if ticket.priority else None,
        "technician": ticket.members[0] if ticket.members else None,
        "contact": str(ticket.contact.id) if ticket.contact else None,
        "merged_into": str(merged.id) if merged else None,
    }


def history_of(entry: ChangeLogEntry) -> PsaHistoryEntry:
    """An entry of the change log: a ticket after one change, which no later read can tell. It names the status."""
    at = entry.info.last_updated
    resources = [part.strip() for part in entry.resource_list.split(",") if part.strip()]
    return PsaHistoryEntry(
        position=entry.id,
        record=str(entry.ticket_number) if entry.ticket_number is not None else None,
        board=str(entry.board_id) if entry.board_id is not None else None,
        changed_at=at,
        changed_by=entry.info.updated_by,
        revision=f"{stamp(at)}-log{entry.id}" if at is not None else "",
        client=str(entry.company_identifier or 0),
        status_name=entry.status,
        priority=str(entry.priority_id) if entry.priority_id else None,
        impact=entry.impact,
        urgency=entry.severity,
        technician=entry.ticket_owner or (resources[0] if resources else None),
        contact=str(entry.contact_id) if entry.contact_id else None,
        summary=entry.summary,
        merged_into=str(entry.merged_parent_ticket_id) if entry.merged_parent_ticket_id else None,
    )


def time_of(entry: TimeEntry, instance: ConnectWiseInstance) -> PsaTimeEntry:
    """A time entry."""
    return PsaTimeEntry(
        record=str(entry.id),
        ticket=str(entry.ticket_id) if entry.ticket_id is not None else None,
        revision=_time_revision(entry, instance),
        changed_at=entry.info.last_updated,
        changed_by=entry.info.updated_by,
        technician=entry.member.identifier if entry.member else None,
        start=entry.time_start,
        end=entry.time_end,
        minutes=_minutes(entry),
        role=entry.work_role.name if entry.work_role else None,
        work_type=entry.work_type.name if entry.work_type else None,
        billable=entry.billable_option or None,
        notes=unmarked(entry.notes),
        text=entry_text_of(entry, instance),
    )


def _time_revision(entry: TimeEntry, instance: ConnectWiseInstance) -> str:
    parts = (entry.time_start, entry.time_end, entry.ticket_id, entry.billable_option, entry.actual_hours, entry.notes)
    flags = (entry.add_to_detail_description_flag, entry.add_to_internal_analysis_flag, entry.add_to_resolution_flag)
    added = (entry.hours_deduct or None, *flags, entry.email_contact_flag)
    # entries that have none of these keep the revision under which an earlier release knows them
    watched = (*parts, *added) if any(added) else parts
    digest = hmac.new(instance.secret, repr(watched).encode(), hashlib.sha256).hexdigest()[:12]
    return f"{stamp(entry.info.last_updated)}-{digest}"


def _minutes(entry: TimeEntry) -> int | None:
    """Minutes that were worked, as the PSA counts them; None while the entry runs and where it counts nothing.

    Hours come with two decimals. Where they equal the stretch from start to end, start and end are the exact ones.
    """
    both = entry.time_end is not None and in_bounds(entry.time_start)
    stretch = (entry.time_end - entry.time_start) / HOUR if entry.time_end and both else None
    hours = entry.actual_hours
    if hours is None and stretch is not None and entry.hours_deduct:
        hours = Decimal(str(round(stretch, 4))) - entry.hours_deduct
    if hours is None or (stretch is not None and abs(stretch - float(hours)) <= HOURS_ROUNDED):
        return None
    return max(0, round(hours * 60))
