"""Candidate records of a condition, found by index instead of by walking over the table."""

from collections.abc import Callable
from datetime import datetime

from desk_simulators.connectwise.listing.conditions.expression import And, Comparison, Expression
from desk_simulators.kit.clock import stamp
from desk_simulators.kit.table import Record, Table

Shortcut = Callable[[Table, Comparison], list[Record] | None]


def candidates(table: Table, expression: Expression | None) -> Table | list[Record]:
    """A superset of the matching records: the narrowest that one comparison of the top conjunction yields."""
    items = expression.items if isinstance(expression, And) else (expression,)
    found = [rows for item in items if isinstance(item, Comparison) and (rows := _rows(table, item)) is not None]
    return min(found, key=len) if found else table


def _rows(table: Table, comparison: Comparison) -> list[Record] | None:
    for shortcut in SHORTCUTS:
        rows = shortcut(table, comparison)
        if rows is not None:
            return rows
    return None


def _by_id(table: Table, comparison: Comparison) -> list[Record] | None:
    if comparison.path != ("id",) or comparison.operator not in ("=", "in"):
        return None
    wanted = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    ids = sorted({value for value in wanted if isinstance(value, int)})
    return [record for record_id in ids if (record := table.get(record_id)) is not None]


def _by_index(table: Table, comparison: Comparison) -> list[Record] | None:
    path = "/".join(comparison.path)
    if comparison.operator != "=" or path not in table.indexed or isinstance(comparison.value, datetime):
        return None
    return table.find(path, comparison.value)


def _by_update(table: Table, comparison: Comparison) -> list[Record] | None:
    if comparison.path[-1] != "lastUpdated" or len(comparison.path) > 2 or comparison.operator not in (">", ">=", "="):
        return None
    return table.updated_from(stamp(comparison.value)) if isinstance(comparison.value, datetime) else None


SHORTCUTS: tuple[Shortcut, ...] = (_by_id, _by_index, _by_update)
