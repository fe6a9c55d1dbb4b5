"""Coded fields as ConnectWise takes them: the smallest patch that shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desk.contract.ticket.intake.facts import TicketOpened
from desk.decision.policies.intake import Writable
from desk_connectors.connectwise import NewTicket, Patch, Ref
from desk_connectors.connectwise.records import Member
from desk_intake.psa.config import PsaInstanceSettings
from desk_intake.psa.ids import record_of
from desk_intake.psa.observe.status_map import Map

LONGEST = 100


def patch_of(
    fields: Mapping[str, str | None],
    shows: Mapping[str, str | None],
    statuses: Map,
    instance: PsaInstanceSettings,
    members: Mapping[str, Member],
    summary: str | None,
) -> Patch:
    """The patch. What cannot be written (an owner who is no member, a board without such a status) is left out."""
    patch = _placed(Patch(), fields, shows, statuses)
    if (owner := fields.get("technician")) is not None:
        member = members.get(owner.lower())
        patch = patch.reference("owner", member.id) if member and not member.inactive_flag else patch
    elif "technician" in fields:
        patch = patch.remove("owner")
    for name, path in (("client", "company"), ("contact", "contact")):
        record = record_of(instance.id, fields.get(name))
        patch = patch.reference(path, record) if record is not None else patch
    return _levels(patch, fields, statuses, summary)


def _placed(patch: Patch, fields: Mapping[str, str | None], shows: Mapping[str, str | None], statuses: Map) -> Patch:
    """Board and status hang together: a move needs a status of the new board."""
    board, status = fields.get("board"), fields.get("status")
    if board is None:
        return patch.reference("status", int(status)) if status is not None else patch
    meaning: Any = statuses.status_class(shows.get("board"), status or shows.get("status"))
    there = statuses.writable(board, meaning) or statuses.writable(board, "open")
    if there is None:
        return patch
    return patch.reference("board", int(board)).reference("status", int(there))


def _levels(patch: Patch, fields: Mapping[str, str | None], statuses: Map, summary: str | None) -> Patch:
    if (priority := fields.get("priority")) is not None and (found := statuses.priority_of(priority)) is not None:
        patch = patch.reference("priority", int(found))
    if (impact := fields.get("impact")) is not None and (word := statuses.word("impact", impact)) is not None:
        patch = patch.replace("impact", word)
    if (urgency := fields.get("urgency")) is not None and (word := statuses.word("urgency", urgency)) is not None:
        patch = patch.replace("severity", word)
    return patch.replace("summary", summary[:LONGEST]) if "summary" in fields and summary else patch


def new_ticket(
    ticket_id: str,
    opened: TicketOpened,
    instance: PsaInstanceSettings,
    statuses: Map,
    text: Callable[[Any], str | None],
) -> NewTicket | None:
    """Our ticket as a new record; None when its client is no company of this PSA. `text` opens what is sealed."""
    company, board = record_of(instance.id, opened.client), instance.create_board
    if company is None or board is None:
        return None
    contact, status = record_of(instance.id, opened.contact), _first_status(str(board), statuses)
    return NewTicket(
        summary=(text(opened.problem) or "(no longer readable)")[:LONGEST],
        board=Ref(id=board),
        company=Ref(id=company),
        external_x_ref=ticket_id,
        status=Ref(id=int(status)) if status else None,
        contact=Ref(id=contact) if contact is not None else None,
        initial_description=text(opened.description) if opened.description else None,
        process_notifications=False,
    )


def _first_status(board: str, statuses: Map) -> str | None:
    wanted: tuple[Writable, ...] = ("new", "open")
    return next((found for name in wanted if (found := statuses.writable(board, name))), None)
