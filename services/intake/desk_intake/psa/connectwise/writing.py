"""Converts coded fields to the smallest ConnectWise patch that sets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desk.contract.ticket.intake.facts import TicketOpened
from desk.decision.policies.intake import Writable
from desk_connectors.connectwise import NewTicket, Patch, Ref
from desk_connectors.connectwise.records import Member
from desk_intake.psa.config import PsaInstanceSettings
from desk_intake.psa.ids import record_of
from desk_intake.psa.observe.status_map import InstanceStatusMap

LONGEST = 100


def patch_of(
    fields: Mapping[str, str | None],
    psa_fields: Mapping[str, str | None],
    statuses: InstanceStatusMap,
    instance: PsaInstanceSettings,
    members: Mapping[str, Member],
    summary: str | None,
) -> Patch:
    """The patch, without fields that cannot be written (an owner who is no member, a board without the status)."""
    patch = _placed(Patch(), fields, psa_fields, statuses)
    if (owner := fields.get("technician")) is not None:
        member = members.get(owner.lower())
        patch = patch.reference("owner", member.id) if member and not member.inactive_flag else patch
    elif "technician" in fields:
        patch = patch.remove("owner")
    for name, path in (("client", "company"), ("contact", "contact")):
        record = record_of(instance.id, fields.get(name))
        patch = patch.reference(path, record) if record is not None else patch
    return _levels(patch, fields, statuses, summary)


def _placed(
    patch: Patch, fields: Mapping[str, str | None], psa_fields: Mapping[str, str | None], statuses: InstanceStatusMap
) -> Patch:
    """Set board and status together: a move needs a status of the new board."""
    board, status = fields.get("board"), fields.get("status")
    if board is None:
        return patch.reference("status", int(status)) if status is not None else patch
    meaning: Any = statuses.status_class(psa_fields.get("board"), status or psa_fields.get("status"))
    there = statuses.writable(board, meaning) or statuses.writable(board, "open")
    if there is None:
        return patch
    return patch.reference("board", int(board)).reference("status", int(there))


def _levels(patch: Patch, fields: Mapping[str, str | None], statuses: InstanceStatusMap, summary: str | None) -> Patch:
    if (priority := fields.get("priority")) is not None and (found := statuses.priority_of(priority)) is not None:
        patch = patch.reference("priority", int(found))
    if (impact := fields.get("impact")) is not None and (word := statuses.word("impact", impact)) is not None:
        patch = patch.replace("impact", word)
    if (urgency := fields.get("urgency")) is not None and (word := statuses.word("urgency", urgency)) is not None:
        patch = patch.replace("severity", word)
    return patch.replace("summary", summary[:LONGEST]) if "summary" in fields and summary else patch


def new_ticket(
    ticket_id: str,
    fact: TicketOpened,
    instance: PsaInstanceSettings,
    statuses: InstanceStatusMap,
    text: Callable[[Any], str | None],
) -> NewTicket | None:
    """The record to create for our ticket; None if its client is no company of this PSA. `text` unseals a text."""
    company, board = record_of(instance.id, fact.client), instance.create_board
    if company is None or board is None:
        return None
    contact, status = record_of(instance.id, fact.contact), _first_status(str(board), statuses)
    return NewTicket(
        summary=(text(fact.problem) or "(no longer readable)")[:LONGEST],
        board=Ref(id=board),
        company=Ref(id=company),
        external_x_ref=ticket_id,
        status=Ref(id=int(status)) if status else None,
        contact=Ref(id=contact) if contact is not None else None,
        initial_description=text(fact.description) if fact.description else None,
        process_notifications=False,
    )


def _first_status(board: str, statuses: InstanceStatusMap) -> str | None:
    wanted: tuple[Writable, ...] = ("new", "open")
    return next((found for name in wanted if (found := statuses.writable(board, name))), None)
