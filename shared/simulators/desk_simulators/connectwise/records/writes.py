"""Create, change and delete records: checked, resolved, completed by their rules, stamped, announced to listeners."""

from typing import Any

from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.records.patch import apply_operations
from desk_simulators.connectwise.records.references import resolve
from desk_simulators.connectwise.records.resources import RESOURCES, Resource
from desk_simulators.connectwise.records.rules import AFTER_CREATE, COMPLETE, GUARD, PREPARE
from desk_simulators.connectwise.records.rules.follow import Follow, Touch
from desk_simulators.connectwise.records.validate import check_field_names, require_object, valid_kinds, valid_values
from desk_simulators.connectwise.state import Change, PsaState
from desk_simulators.kit.state import Action
from desk_simulators.kit.table import Record

SWITCHES = ("skipCallback", "processNotifications")


def create(state: PsaState, table: str, body: Any, actor: Actor) -> Record:
    """Returns the stored record. Raises ApiError when the API would refuse the body."""
    resource = RESOURCES[table]
    check_field_names(resource, require_object(resource, body), creating=True)
    valid_kinds(resource, body)
    asked = {name: value for name, value in body.items() if name in resource.fields and value is not None}
    quiet = _switches(asked)
    draft = {**resource.defaults, **asked}
    if prepare := PREPARE.get(table):
        draft = prepare(state, draft, body, actor)
    valid_values(resource, draft)
    draft = _completed(state, table, resource, None, draft, actor)
    stored = _store(state, table, None, {"id": state.table(table).next_id(), **draft}, actor, quiet)
    if after := AFTER_CREATE.get(table):
        for follow in after(state, stored, body):
            _follow(state, follow, actor)
    return state.record(table, stored["id"])


def patch(state: PsaState, table: str, record_id: int, operations: object, actor: Actor) -> Record:
    """PATCH operations on one record; returns the changed record."""
    before = state.record(table, record_id)
    return change(state, table, before, apply_operations(RESOURCES[table], before, operations), actor)


def replace(state: PsaState, table: str, record_id: int, body: Any, actor: Actor) -> Record:
    """PUT: what the body leaves out is cleared; what the PSA itself maintains stays."""
    resource = RESOURCES[table]
    before = state.record(table, record_id)
    check_field_names(resource, require_object(resource, body), creating=False)
    kept = {name: value for name, value in before.items() if name in resource.read_only or name in ("id", "_info")}
    given = {name: value for name, value in body.items() if name in resource.fields}
    valid_values(resource, given, resource.required_on_replace)
    return change(state, table, before, {**kept, **given}, actor)


def change(state: PsaState, table: str, before: Record, draft: Record, actor: Actor) -> Record:
    """Store a draft of an existing record; a draft that differs in nothing changes nothing and fires nothing."""
    resource = RESOURCES[table]
    quiet = _switches(draft)
    valid_values(resource, draft)
    draft = _completed(state, table, resource, before, draft, actor)
    if _content(draft) == _content(before):
        return before
    return _store(state, table, before, draft, actor, quiet)


def touch(state: PsaState, table: str, record_id: int, actor: Actor, **values: object) -> Record:
    """Set maintained fields and the stamp, without the checks for callers, and notify listeners."""
    before = state.record(table, record_id)
    return _store(state, table, before, {**before, **values}, actor, False)


def _follow(state: PsaState, follow: Follow, actor: Actor) -> None:
    if isinstance(follow, Touch):
        touch(state, follow.table, follow.record_id, actor, **follow.values)
    else:
        create(state, follow.table, follow.body, actor)


def delete(state: PsaState, table: str, record_id: int, actor: Actor) -> None:
    before = state.record(table, record_id)
    if guard := GUARD.get(table):
        guard(state, before)
    state.table(table).remove(record_id)
    state.emit(Change(table, "deleted", record_id, before, None, actor, state.stamp()))


def _completed(
    state: PsaState, table: str, resource: Resource, before: Record | None, draft: Record, actor: Actor
) -> Record:
    old = before or {}
    touched = {name for name in draft if draft[name] != old.get(name)}
    resolved = resolve(state, resource, draft, touched)
    complete = COMPLETE.get(table)
    return complete(state, before, resolved, actor) if complete else resolved


def _store(state: PsaState, table: str, before: Record | None, draft: Record, actor: Actor, quiet: bool) -> Record:
    at = state.stamp()
    info = dict(before["_info"]) if before else {"dateEntered": at, "enteredBy": actor.identifier}
    record = {**_content(draft), "_info": {**info, "lastUpdated": at, "updatedBy": actor.identifier}}
    state.table(table).put(record)
    action: Action = "updated" if before else "added"
    state.emit(Change(table, action, record["id"], before, record, actor, at, quiet))
    return record


def _switches(draft: Record) -> bool:
    """Take the write-only switches out of the draft; true when the writer wants no callback."""
    found = [draft.pop(name, None) for name in SWITCHES]
    return found[0] is True


def _content(record: Record) -> Record:
    return {name: value for name, value in record.items() if value is not None and name != "_info"}
