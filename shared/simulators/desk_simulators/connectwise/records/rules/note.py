"""Ticket notes: author, visibility and effect on their ticket."""

from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.records.rules.follow import Follow, Touch
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record

FIRST = "isFirstTextFlag"
"""Marks, in the body only, a note that came with its ticket and is no update of it."""


def prepare(state: PsaState, draft: Record, body: Record, actor: Actor) -> Record:
    author = {} if draft.get("contact") or draft.get("member") else {"member": {"id": actor.member_id}}
    return {**draft, **author, "dateCreated": state.stamp(), "createdBy": actor.identifier}


def complete(state: PsaState, before: Record | None, draft: Record, actor: Actor) -> Record:
    state.record("ticket", draft["ticketId"])
    public = bool(draft.get("detailDescriptionFlag") or draft.get("resolutionFlag"))
    return {**draft, "internalFlag": bool(draft.get("internalAnalysisFlag")), "externalFlag": public}


def update_ticket(state: PsaState, note: Record, body: Record) -> list[Follow]:
    """A new note counts as an update of its ticket, where the installation does so."""
    updated = {"customerUpdatedFlag": True} if note.get("customerUpdatedFlag") else {}
    if not updated and (body.get(FIRST) or not state.behaviour.notes_touch_ticket):
        return []
    return [Touch("ticket", note["ticketId"], updated)]
