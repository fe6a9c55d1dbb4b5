"""Merging tickets and bundling children (contract 3, 6)."""

from desk_simulators.connectwise.errors import invalid_field
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.records import writes
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record


def merge(state: PsaState, parent_id: int, child_ids: list[int], status: object, actor: Actor) -> None:
    """Children get the parent's reference and the status (one of their own board); their notes move to the parent."""
    parent = state.record("ticket", parent_id)
    children = [state.record("ticket", child_id) for child_id in child_ids]
    if parent_id in child_ids or not children:
        raise invalid_field("ticketMerge", "mergeTicketIds", "Name at least one other ticket to merge.")
    reference = {"id": parent_id, "summary": parent["summary"]}
    moved = [_with_status(child, status) for child in children]
    for child, draft in zip(children, moved, strict=True):
        writes.change(state, "ticket", child, {**draft, "mergedParentTicket": reference}, actor)
        _move_notes(state, child["id"], parent_id)
    writes.touch(state, "ticket", parent_id, actor, hasMergedChildTicketFlag=True)


def attach_children(state: PsaState, parent_id: int, child_ids: list[int], actor: Actor) -> None:
    state.record("ticket", parent_id)
    children = [state.record("ticket", child_id) for child_id in child_ids]
    if parent_id in child_ids or not children:
        raise invalid_field("ticketBundle", "childTicketIds", "Name at least one other ticket to attach.")
    for child in children:
        writes.change(state, "ticket", child, {**child, "parentTicketId": parent_id}, actor)
    writes.touch(state, "ticket", parent_id, actor, hasChildTicket=True)


def _with_status(child: Record, status: object) -> Record:
    return {**child, "status": status} if status else child


def _move_notes(state: PsaState, child_id: int, parent_id: int) -> None:
    notes = state.table("note")
    for note in notes.find("ticketId", child_id):
        notes.put({**note, "ticketId": parent_id, "mergedFlag": True})
