"""An expression as a predicate over records.

Text compares without regard to case, as in the vendor's database. A path that crosses a list holds when any
item holds. A missing value equals only `null`.
"""

import operator
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from desk_simulators.connectwise.listing.conditions.expression import And, Comparison, Expression, Literal, Not
from desk_simulators.kit.clock import instant
from desk_simulators.kit.table import Record

Predicate = Callable[[Record], bool]
STAMP_FIELDS = frozenset({"lastUpdated", "updatedBy", "dateEntered", "enteredBy"})
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def values_at(record: Record, path: tuple[str, ...]) -> Iterator[Any]:
    """Values at the path; `lastUpdated` and its like are found in `_info` too."""
    if path[0] in STAMP_FIELDS and path[0] not in record:
        path = ("_info", *path)
    return _walk(record, path)


def _walk(value: object, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, path)
    elif path:
        yield from _walk(value.get(path[0]) if isinstance(value, dict) else None, path[1:])
    else:
        yield value


def compile_expression(expression: Expression) -> Predicate:
    if isinstance(expression, Comparison):
        return _comparison(expression)
    if isinstance(expression, Not):
        inner = compile_expression(expression.item)
        return lambda record: not inner(record)
    parts = [compile_expression(item) for item in expression.items]
    join = all if isinstance(expression, And) else any
    return lambda record: join(part(record) for part in parts)


def _comparison(comparison: Comparison) -> Predicate:
    test = _test(comparison.operator, comparison.value)
    path = comparison.path
    return lambda record: any(test(value) for value in values_at(record, path))


def _test(name: str, value: Literal | tuple[Literal, ...]) -> Callable[[Any], bool]:
    if isinstance(value, tuple):
        return lambda found: any(_equal(found, item) for item in value)
    if name == "=":
        return lambda found: _equal(found, value)
    if name == "!=":
        return lambda found: not _equal(found, value)
    if name == "contains":
        needle = str(value).casefold()
        return lambda found: isinstance(found, str) and needle in found.casefold()
    if name == "like":
        pattern = re.compile(".*".join(re.escape(part) for part in str(value).split("%")), re.IGNORECASE | re.DOTALL)
        return lambda found: isinstance(found, str) and pattern.fullmatch(found) is not None
    return lambda found: _ordered(ORDERED[name], found, value)


def _equal(found: object, value: Literal) -> bool:
    if isinstance(found, bool) is not isinstance(value, bool):
        return False
    left, right = _comparable(found, value)
    return bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool], found: object, value: Literal) -> bool:
    left, right = _comparable(found, value)
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return (numbers or (left is not None and type(left) is type(right))) and compare(left, right)


def _comparable(found: object, value: Literal) -> tuple[Any, Any]:
    if isinstance(value, datetime):
        return _as_instant(found), value
    if isinstance(found, str) and isinstance(value, str):
        return found.casefold(), value.casefold()
    return found, value


def _as_instant(found: object) -> datetime | None:
    try:
        return instant(found) if isinstance(found, str) else None
    except ValueError:
        return None
