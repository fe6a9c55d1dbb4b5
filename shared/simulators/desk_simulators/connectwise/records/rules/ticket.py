"""A ticket's board, status, person and agreement hang together; closing is a status, never a flag."""

from typing import Any

from desk_simulators.connectwise.errors import invalid_field
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.records.patch import values_by_id
from desk_simulators.connectwise.records.references import describe
from desk_simulators.connectwise.records.resources.ticket import TICKET
from desk_simulators.connectwise.records.rules.clocks import clocks
from desk_simulators.connectwise.records.rules.follow import Also, Follow
from desk_simulators.connectwise.records.rules.note import FIRST
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record, value_at

FIRST_NOTES = {
    "initialDescription": "detailDescriptionFlag",
    "initialInternalAnalysis": "internalAnalysisFlag",
    "initialResolution": "resolutionFlag",
}
CUSTOM_FIELDS: tuple[Record, ...] = (
    {"id": 4, "caption": "Site code", "type": "Text", "entryMethod": "EntryField", "numberOfDecimals": 0},
)


def prepare(state: PsaState, draft: Record, body: Record, actor: Actor) -> Record:
    """Defaults that depend on other records: board, its default status, priority, agreement, SLA."""
    board = draft.get("board") or {"id": next(iter(state.table("board")))["id"]}
    email = body.get("contactEmailLookup")
    contact = {"id": _contact_by_email(state, email)} if email and "contact" not in draft else draft.get("contact")
    return {
        **draft,
        "board": board,
        "status": draft.get("status") or {"id": _default_status(state, board)},
        "contact": contact,
        "priority": draft.get("priority") or _default(state, "priority"),
        "sla": draft.get("sla") or _default(state, "sla"),
        "customFields": _custom_fields(draft.get("customFields")),
    }


def complete(state: PsaState, before: Record | None, draft: Record, actor: Actor) -> Record:
    draft = _person(state, before, draft)
    status = state.record("status", draft["status"]["id"]) if draft.get("status") else None
    if status is None or status["boardId"] != value_at(draft, "board/id"):
        message = "The status must belong to the ticket's board; a move to another board needs a status of that board."
        raise invalid_field("ticket", "status", message)
    if before is None or value_at(before, "status/id") != status["id"]:
        draft = {**draft, **_entered(state, draft, status, actor)}
    return _covered(state, before, _assigned(before, draft))


def first_notes(state: PsaState, ticket: Record, body: Record) -> list[Follow]:
    """The first texts are kept as notes and never returned with the ticket."""
    return [
        Also("note", {"ticketId": ticket["id"], "text": body[field], flag: True, FIRST: True})
        for field, flag in FIRST_NOTES.items()
        if body.get(field)
    ]


def _entered(state: PsaState, draft: Record, status: Record, actor: Actor) -> Record:
    closed = bool(status.get("closedStatus"))
    return {
        "closedFlag": closed,
        "closedDate": (draft.get("closedDate") or state.stamp()) if closed else None,
        "closedBy": (draft.get("closedBy") or actor.identifier) if closed else None,
        **clocks(state, draft, status, actor),
    }


def _person(state: PsaState, before: Record | None, draft: Record) -> Record:
    contact_id = value_at(draft, "contact/id")
    if contact_id is None or (before is not None and value_at(before, "contact/id") == contact_id):
        return draft
    contact = state.record("contact", contact_id)
    items = contact.get("communicationItems") or []
    return {
        **draft,
        "contactName": contact.get("fullName"),
        "contactEmailAddress": _communication(items, "Email"),
        "contactPhoneNumber": _communication(items, "Phone"),
    }


def _communication(items: list[Any], kind: str) -> str | None:
    found = [item for item in items if item.get("communicationType") == kind]
    default = next((item for item in found if item.get("defaultFlag")), found[0] if found else None)
    return default.get("value") if default else None


def _assigned(before: Record | None, draft: Record) -> Record:
    """The owner is listed among the resources unless the writer lists them himself."""
    old = before or {}
    if draft.get("owner") == old.get("owner") or draft.get("resources") != old.get("resources"):
        return draft
    owner = draft.get("owner")
    return {**draft, "resources": owner["identifier"] if owner else None}


def _covered(state: PsaState, before: Record | None, draft: Record) -> Record:
    """A new ticket, or one of another company, gets the company's active agreement."""
    company_id = value_at(draft, "company/id")
    if before is not None and value_at(before, "company/id") == company_id:
        return draft
    if before is None and draft.get("agreement"):
        return draft
    agreements = state.table("agreement").find("company/id", company_id)
    active = next((found for found in agreements if found.get("agreementStatus") == "Active"), None)
    agreement = describe(state, "agreement", TICKET.references["agreement"], active) if active else None
    return {**draft, "agreement": agreement, "agreementType": value_at(active, "type/name") if active else None}


def _default_status(state: PsaState, board: object) -> int | None:
    found = state.table("board").get(board.get("id", 0)) if isinstance(board, dict) else None
    if found is None and isinstance(board, dict):
        found = state.table("board").first("name", board.get("name"))
    statuses = state.statuses(found["id"]) if found else []
    return next((status["id"] for status in statuses if status.get("defaultFlag")), None)


def _default(state: PsaState, table: str) -> Record | None:
    return next(({"id": record["id"]} for record in state.table(table) if record.get("defaultFlag")), None)


def _contact_by_email(state: PsaState, email: str) -> int | None:
    wanted = email.casefold()
    for contact in state.table("contact"):
        if any(str(item.get("value")).casefold() == wanted for item in contact.get("communicationItems") or []):
            return int(contact["id"])
    return None


def _custom_fields(given: object) -> list[Record]:
    values = values_by_id(given)
    return [{**field, "value": values.get(field["id"])} for field in CUSTOM_FIELDS]
