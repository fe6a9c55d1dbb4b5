"""PATCH by the vendor's rules (contract 2.5): add, replace, remove on top-level fields.

References are replaced whole. A nested path is accepted and changes nothing, except into a list
(`communicationItems/1/value`). Read-only fields are accepted and change nothing.
"""

from typing import Any

from desk_simulators.connectwise.errors import ApiError, invalid_field
from desk_simulators.connectwise.records.resources import Resource
from desk_simulators.connectwise.records.validate import check_field_names
from desk_simulators.kit.numerals import is_number
from desk_simulators.kit.table import Record

OPERATIONS = ("add", "replace", "remove")
PATCHED_INSIDE = ("communicationItems",)


def apply_operations(resource: Resource, record: Record, operations: object) -> Record:
    """A new record. Raises the API's 400 for anything that is not a list of operations on known fields."""
    if not isinstance(operations, list) or not operations:
        raise ApiError(400, "InvalidObject", "The body must be a JSON list of operations {op, path, value}.")
    draft = dict(record)
    for operation in operations:
        _apply(resource, draft, operation)
    return draft


def _apply(resource: Resource, draft: Record, operation: object) -> None:
    name, path, value = _read(operation)
    check_field_names(resource, path[:1], creating=False)
    if path[0] in resource.read_only or path[0] in ("id", "_info"):
        return
    if len(path) > 1:
        if path[0] in PATCHED_INSIDE and isinstance(draft.get(path[0]), list):
            draft[path[0]] = _into_list(resource, draft[path[0]], path, name, value)
        return
    if path[0] == "customFields":
        value = _custom_fields(resource, draft, value)
    draft[path[0]] = None if name == "remove" else value


def _read(operation: Any) -> tuple[str, list[str], Any]:
    op = operation.get("op") if isinstance(operation, dict) else None
    path = operation.get("path") if isinstance(operation, dict) else None
    if op not in OPERATIONS or not isinstance(path, str) or not path.strip("/"):
        raise ApiError(400, "InvalidObject", f"Each operation needs op ({', '.join(OPERATIONS)}) and path.")
    return op, path.strip("/").split("/"), operation.get("value")


def _into_list(resource: Resource, items: list[Any], path: list[str], name: str, value: object) -> list[Any]:
    field, position = path[0], path[1]
    changed = list(items)
    if not is_number(position) or int(position) >= len(items):
        raise invalid_field(resource.name, field, f"The path {'/'.join(path)} names no item of the list.")
    index = int(position)
    if name == "remove" and len(path) == 2:
        del changed[index]
    elif len(path) == 2:
        changed[index] = value
    elif isinstance(items[index], dict):
        changed[index] = {**items[index], path[2]: None if name == "remove" else value}
    return changed


def _custom_fields(resource: Resource, draft: Record, value: Any) -> Any:
    """The array comes complete or not at all; answers keep caption and type."""
    before = {item["id"]: item for item in draft.get("customFields") or []}
    after = values_by_id(value)
    if before.keys() != after.keys() or len(value) != len(before):
        message = f"customFields must be sent as the complete array; ids {sorted(before)} are needed."
        raise invalid_field(resource.name, "customFields", message)
    return [{**item, "value": after[key]} for key, item in before.items()]


def values_by_id(items: object) -> dict[int, Any]:
    """Custom fields as sent: id -> value; what is no item with an id is left out."""
    given = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {item["id"]: item.get("value") for item in given if isinstance(item.get("id"), int)}
