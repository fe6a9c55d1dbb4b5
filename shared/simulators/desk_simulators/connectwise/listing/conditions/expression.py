"""Conditions as data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

Literal = str | int | float | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator value`; `in` carries a tuple of values."""

    path: tuple[str, ...]
    operator: str
    value: Literal | tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple["Expression", ...]


Expression = Comparison | Not | And | Or


def comparisons(expression: Expression) -> Iterator[Comparison]:
    if isinstance(expression, Comparison):
        yield expression
    elif isinstance(expression, Not):
        yield from comparisons(expression.item)
    else:
        for item in expression.items:
            yield from comparisons(item)


def roots(expression: Expression) -> list[str]:
    """First segments of every path, in order: what a record must know to be asked this."""
    return [comparison.path[0] for comparison in comparisons(expression)]
