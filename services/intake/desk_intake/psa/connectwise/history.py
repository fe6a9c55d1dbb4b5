"""Converts entries of the change log: the state of a record after each change, which a later read cannot return."""

from __future__ import annotations

from collections.abc import Mapping

from desk_connectors.connectwise.records import BoardStatus, ChangeLogEntry, stamp
from desk_intake.psa.config import PsaInstanceSettings
from desk_intake.psa.connectwise.normalise import actor_of, summary_hash
from desk_intake.psa.ids import client_id, contact_id
from desk_intake.psa.observe.status_map import InstanceStatusMap
from desk_intake.psa.port import ObservedTicket


def logged_state(
    entry: ChangeLogEntry,
    names: Mapping[str, BoardStatus],
    statuses: InstanceStatusMap,
    instance: PsaInstanceSettings,
    bots: frozenset[str],
) -> ObservedTicket | None:
    """The state of the entry; None if it lacks board, status or time, or if the board has no status of that name now.

    `names` are the board's statuses by name, because the log has names only. It has no team ids either, so the queue is
    left out if teams decide it.
    """
    status = names.get(entry.status)
    return _seen(entry, str(status.id), statuses, instance, bots) if status is not None else None


def logged_state_without_status(
    entry: ChangeLogEntry, statuses: InstanceStatusMap, instance: PsaInstanceSettings, bots: frozenset[str]
) -> ObservedTicket | None:
    """The state of an entry whose board's statuses cannot be read: without the field `status`."""
    return _seen(entry, None, statuses, instance, bots)


def _seen(
    entry: ChangeLogEntry,
    status: str | None,
    statuses: InstanceStatusMap,
    instance: PsaInstanceSettings,
    bots: frozenset[str],
) -> ObservedTicket | None:
    if entry.board_id is None or entry.info.last_updated is None or entry.ticket_number is None:
        return None
    board = str(entry.board_id)
    actor = actor_of(entry.info.updated_by, instance, bots)
    return ObservedTicket(
        record=str(entry.ticket_number),
        revision=f"{stamp(entry.info.last_updated)}-log{entry.id}",
        at=entry.info.last_updated,
        by=str(actor),
        own=actor.kind == "service",
        fields={**_fields(entry, status, statuses, instance), **_queue(board, statuses)},
        status_class=statuses.status_class(board, status),
        mapping_version=statuses.version,
        summary=entry.summary.strip(),
        opened_at=entry.info.last_updated,
        kind=statuses.kind(board, None),
        via="poll",
        merged_into=str(entry.merged_parent_ticket_id) if entry.merged_parent_ticket_id else None,
    )


def _fields(
    entry: ChangeLogEntry, status: str | None, statuses: InstanceStatusMap, instance: PsaInstanceSettings
) -> dict[str, str | None]:
    resources = [part.strip() for part in entry.resource_list.split(",") if part.strip()]
    owner = entry.ticket_owner or (resources[0] if resources else None)
    return {
        **({"status": status} if status is not None else {}),
        "board": str(entry.board_id),
        "impact": statuses.level("impact", entry.impact),
        "urgency": statuses.level("urgency", entry.severity),
        "priority": statuses.priority(str(entry.priority_id)) if entry.priority_id else None,
        "technician": owner,
        "contact": contact_id(instance.id, entry.contact_id) if entry.contact_id else None,
        "client": client_id(instance.id, entry.company_identifier or 0),
        "summary": summary_hash(entry.summary, instance),
    }


def _queue(board: str, statuses: InstanceStatusMap) -> dict[str, str | None]:
    mapped = statuses.board(board)
    return {"queue": mapped.queue} if mapped and mapped.queue and not mapped.teams else {}
