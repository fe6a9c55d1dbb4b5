"""List requests: parsed, or refused as the API refuses them (contract 2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from desk_simulators.connectwise.errors import ApiError, invalid_field
from desk_simulators.connectwise.listing.conditions import (
    ConditionError,
    Expression,
    Predicate,
    compile_expression,
    parse,
    roots,
)
from desk_simulators.connectwise.records.resources import Resource
from desk_simulators.kit.numerals import is_number

DEFAULT_PAGE_SIZE = 25
MAX_PAGE_SIZE = 1000
PER_ITEM = {"childConditions": None, "customFieldConditions": "customFields"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list request as understood. `page_id` is set for forward-only paging (0 = from the start)."""

    where: Expression | None
    filters: tuple[Predicate, ...]
    order: tuple[tuple[tuple[str, ...], bool], ...]
    page: int
    page_size: int
    page_id: int | None


def read_listing(query: Mapping[str, str], headers: Mapping[str, str], resource: Resource) -> Listing:
    """Raises the API's 400 for anything it cannot follow."""
    forward = headers.get("pagination-type", "").lower() == "forward-only" or "pageId" in query
    order = _order(query.get("orderBy", ""), resource)
    if forward and order:
        raise invalid_field(resource.name, "orderBy", "orderBy is not allowed with forward-only paging.")
    where = _conditions(query.get("conditions", ""), resource)
    filters = [compile_expression(where)] if where else []
    filters += [found for name, inside in PER_ITEM.items() if (found := _per_item(query.get(name, ""), inside))]
    return Listing(
        where=where,
        filters=tuple(filters),
        order=order,
        page=_number(query, "page", 1, resource),
        page_size=min(_number(query, "pageSize", DEFAULT_PAGE_SIZE, resource), MAX_PAGE_SIZE),
        page_id=_number(query, "pageId", 0, resource) if forward else None,
    )


def _conditions(text: str, resource: Resource) -> Expression | None:
    if not text.strip():
        return None
    try:
        expression = parse(text)
    except ConditionError as error:
        raise invalid_field(resource.name, "conditions", f"conditions: {error}") from error
    for name in roots(expression):
        if name not in resource.queryable:
            raise invalid_field(resource.name, "conditions", f"conditions: the field {name} does not exist.")
    return expression


def _per_item(text: str, inside: str | None) -> Predicate | None:
    """Conditions on items of a list: `customFields` by their own names, children by path."""
    if not text.strip():
        return None
    try:
        test = compile_expression(parse(text))
    except ConditionError as error:
        raise ApiError(400, "InvalidObject", f"childConditions or customFieldConditions: {error}") from error
    if inside is None:
        return test
    return lambda record: any(test(item) for item in record.get(inside) or [])


def _order(text: str, resource: Resource) -> tuple[tuple[tuple[str, ...], bool], ...]:
    order: list[tuple[tuple[str, ...], bool]] = []
    for part in (part.split() for part in text.split(",") if part.strip()):
        path = tuple(part[0].split("/"))
        direction = part[1].lower() if len(part) == 2 else "asc"
        if len(part) > 2 or direction not in ("asc", "desc") or path[0] not in resource.queryable:
            raise invalid_field(resource.name, "orderBy", f"orderBy: {' '.join(part)} is not `field asc|desc`.")
        order.append((path, direction == "desc"))
    return tuple(order)


def _number(query: Mapping[str, str], name: str, default: int, resource: Resource) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not is_number(text) or (name != "pageId" and int(text) < 1):
        raise invalid_field(resource.name, name, f"{name} must be a whole number from 1.")
    return int(text)
