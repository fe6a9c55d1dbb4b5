"""Checks of a body before anything is written."""

from collections.abc import Iterable

from desk_simulators.connectwise.errors import invalid, problem
from desk_simulators.connectwise.records.field_types import wrong_kind, wrong_reference
from desk_simulators.connectwise.records.resources import Resource
from desk_simulators.kit.table import Record


def require_object(resource: Resource, body: object) -> Record:
    if not isinstance(body, dict):
        raise invalid(resource.name, problem("InvalidObject", "The body must be a JSON object.", resource.name, ""))
    return body


def check_field_names(resource: Resource, fields: Iterable[str], *, creating: bool) -> None:
    """Field names are case sensitive. Raises the API's 400 with one item for each unknown field."""
    allowed = resource.queryable | (resource.create_only if creating else frozenset())
    problems = [
        problem("InvalidField", f"The field {field} does not exist; names are case sensitive.", resource.name, field)
        for field in fields
        if field not in allowed
    ]
    if problems:
        raise invalid(resource.name, *problems)


def valid_kinds(resource: Resource, body: Record) -> None:
    """Each value is of the kind that its field takes. Raises the API's 400."""
    problems = list(_wrong_kinds(resource, body))
    if problems:
        raise invalid(resource.name, *problems)


def valid_values(resource: Resource, draft: Record, also_required: Iterable[str] = ()) -> None:
    problems = [
        *_wrong_kinds(resource, draft),
        *_missing(resource, draft, (*resource.required, *also_required)),
        *_too_long(resource, draft),
        *_not_a_choice(resource, draft),
    ]
    if problems:
        raise invalid(resource.name, *problems)


def _missing(resource: Resource, draft: Record, required: Iterable[str]) -> Iterable[dict[str, str]]:
    for field in required:
        if draft.get(field) in (None, ""):
            yield problem("MissingRequiredField", f"The {field} field is required.", resource.name, field)


def _wrong_kinds(resource: Resource, draft: Record) -> Iterable[dict[str, str]]:
    simple = (resource.fields | resource.create_only) - resource.objects
    for field, value in draft.items():
        if field in resource.references:
            wanted = wrong_reference(resource.references[field], value)
        elif field in simple:
            wanted = wrong_kind(field, value)
        else:
            wanted = None
        if wanted:
            yield problem("InvalidField", f"The {field} field takes {wanted}.", resource.name, field)


def _too_long(resource: Resource, draft: Record) -> Iterable[dict[str, str]]:
    for field, limit in resource.limits.items():
        value = draft.get(field)
        if value is not None and (not isinstance(value, str) or len(value) > limit):
            message = f"The field {field} must be a string with a maximum length of {limit}."
            yield problem("InvalidField", message, resource.name, field)


def _not_a_choice(resource: Resource, draft: Record) -> Iterable[dict[str, str]]:
    for field, choices in resource.choices.items():
        value = draft.get(field)
        if value is not None and value not in choices:
            yield problem("InvalidField", f"The {field} must be one of {', '.join(choices)}.", resource.name, field)
