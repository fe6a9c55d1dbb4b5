"""States of a ticket's record as coded fields. Pure: the status map and the programs come in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from desk.contract.event import Actor
from desk.contract.ticket.intake.psa import StatusClass, Via
from desk_intake.psa.ids import client_id, contact_id
from desk_intake.psa.observe.status_map import InstanceStatusMap
from desk_intake.psa.observed_record_types import OUT_OF_SCOPE, Fields, ObservedTicket
from desk_integrations.instances.psa_document import PsaInstanceSettings
from desk_integrations.kinds.psa import PsaHistoryEntry, PsaTicket


class MappingContext(NamedTuple):
    """The terms by which an instance's records are mapped.

    `statuses` is the status map in force, `bots` the programs among the members, `hash_of` the keyed hash of a summary.
    """

    statuses: InstanceStatusMap
    instance: PsaInstanceSettings
    bots: Collection[str]
    hash_of: Callable[[str], str]


def actor_of(member: str, instance: PsaInstanceSettings, bots: Collection[str]) -> Actor:
    """The actor of a member's identifier: a member, a program, or intake itself."""
    name = member.lower()
    if name == instance.api_member.lower():
        return Actor("service", "intake")
    program = name in bots or name in {bot.lower() for bot in instance.bots}
    return Actor("bot" if program else "psa-member", member or "unknown")


def observed_ticket(ticket: PsaTicket, via: Via, context: MappingContext) -> ObservedTicket:
    """One state of a ticket's record."""
    actor = actor_of(ticket.changed_by, context.instance, context.bots)
    return ObservedTicket(
        record=ticket.record,
        revision=ticket.revision,
        at=ticket.changed_at,
        by=str(actor),
        own=actor.kind == "service",
        fields=_fields(ticket, context),
        status_class=_status_class(ticket, context),
        mapping_version=context.statuses.version,
        summary=ticket.summary.strip(),
        opened_at=ticket.created_at,
        created_by=ticket.created_by,
        kind=context.statuses.kind(ticket.board, ticket.type),
        via=via,
        xref=ticket.reference,
        url=ticket.url,
        in_scope=_in_scope(ticket, context),
        merged_into=ticket.merged_into,
        absorbs=ticket.absorbs,
        level=ticket.level,
    )


def _fields(ticket: PsaTicket, context: MappingContext) -> Fields:
    statuses, instance = context.statuses, context.instance.id
    return {
        "status": ticket.status,
        "board": ticket.board,
        "impact": statuses.level("impact", ticket.impact),
        "urgency": statuses.level("urgency", ticket.urgency),
        "priority": statuses.priority(ticket.priority) if ticket.priority else None,
        "queue": statuses.queue(ticket.board, ticket.team, ticket.board_name),
        "technician": ticket.technician,
        "contact": contact_id(instance, ticket.contact) if ticket.contact else None,
        "client": client_id(instance, ticket.client),
        "summary": context.hash_of(ticket.summary),
    }


def _in_scope(ticket: PsaTicket, context: MappingContext) -> bool:
    """Whether the service desk works on the record: by its board, and by the class of its status."""
    boards = context.instance.boards
    listed = not boards or ticket.board in map(str, boards)
    excluded = context.statuses.excluded(ticket.board) or _status_class(ticket, context) == OUT_OF_SCOPE
    return ticket.service_desk and listed and not excluded


def _status_class(ticket: PsaTicket, context: MappingContext) -> StatusClass:
    return context.statuses.status_class(ticket.board, ticket.status)


def logged_state(entry: PsaHistoryEntry, status: str | None, context: MappingContext) -> ObservedTicket | None:
    """The state that an entry of the history has; None when the entry lacks its board, record or time.

    `status` None: the statuses of its board cannot be read, and the field is left out. A history names no team, so
    that the queue is left out where teams decide it.
    """
    if entry.board is None or entry.changed_at is None or entry.record is None:
        return None
    actor = actor_of(entry.changed_by, context.instance, context.bots)
    return ObservedTicket(
        record=entry.record,
        revision=entry.revision,
        at=entry.changed_at,
        by=str(actor),
        own=actor.kind == "service",
        fields={**_history_fields(entry, status, context), **_queue(entry.board, context.statuses)},
        status_class=context.statuses.status_class(entry.board, status),
        mapping_version=context.statuses.version,
        summary=entry.summary.strip(),
        opened_at=entry.changed_at,
        kind=context.statuses.kind(entry.board, None),
        via="poll",
        merged_into=entry.merged_into,
    )


def _history_fields(entry: PsaHistoryEntry, status: str | None, context: MappingContext) -> dict[str, str | None]:
    statuses, instance = context.statuses, context.instance.id
    return {
        **({"status": status} if status is not None else {}),
        "board": entry.board,
        "impact": statuses.level("impact", entry.impact),
        "urgency": statuses.level("urgency", entry.urgency),
        "priority": statuses.priority(entry.priority) if entry.priority else None,
        "technician": entry.technician,
        "contact": contact_id(instance, entry.contact) if entry.contact else None,
        "client": client_id(instance, entry.client),
        "summary": context.hash_of(entry.summary),
    }


def _queue(board: str, statuses: InstanceStatusMap) -> dict[str, str | None]:
    found = statuses.board(board)
    return {"queue": found.queue} if found and found.queue and not found.teams else {}
