"""Fields that name other records: found by id, identifier or name, and written out in full."""

from collections.abc import Set as AbstractSet

from desk_simulators.connectwise.errors import invalid_field
from desk_simulators.connectwise.records.resources import RESOURCES, Reference, Resource
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record, value_at

LINKED = frozenset({"board", "company", "contact", "priority", "member", "agreement", "sla"})


def resolve(state: PsaState, resource: Resource, draft: Record, touched: AbstractSet[str]) -> Record:
    """The draft with its touched references replaced by full ones. Raises the API's 400 for an unknown target."""
    resolved = dict(draft)
    for name, reference in resource.references.items():
        if name in touched and resolved.get(name) is not None:
            resolved[name] = _full(state, resource, name, reference, resolved)
    return resolved


def _full(state: PsaState, resource: Resource, name: str, reference: Reference, draft: Record) -> Record:
    target = _target(state, reference, draft, draft[name])
    if target is None:
        raise invalid_field(resource.name, name, _unknown(name, reference, draft))
    return describe(state, name, reference, target)


def describe(state: PsaState, name: str, reference: Reference, target: Record) -> Record:
    full = {field: found for field, path in reference.copies.items() if (found := value_at(target, path)) is not None}
    if reference.target in LINKED:
        path = RESOURCES[reference.target].path
        full["_info"] = {f"{name}_href": f"{state.instance.href_root}/{path}/{target['id']}"}
    return full


def _target(state: PsaState, reference: Reference, draft: Record, value: Record) -> Record | None:
    table = state.table(reference.target)
    key = next(key for key in reference.keys if value.get(key) is not None)
    path = reference.copies.get(key, key)
    found = [table.get(value["id"])] if key == "id" else table.find(path, value[key])
    return next((target for target in found if target is not None and _in_scope(reference, draft, target)), None)


def _in_scope(reference: Reference, draft: Record, target: Record) -> bool:
    if reference.scope is None:
        return True
    theirs, ours = reference.scope
    return bool(value_at(target, theirs) == value_at(draft, ours))


def _unknown(name: str, reference: Reference, draft: Record) -> str:
    where = f" on the record's {reference.scope[1].split('/')[0]}" if reference.scope else ""
    given = {key: draft[name][key] for key in reference.keys if key in draft[name]}
    return f"The {name} {given} does not exist{where}; name one by {' or '.join(reference.keys)}."
