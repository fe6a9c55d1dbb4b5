"""Reads columns that look ahead: they are blank until the row in which their value becomes true."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple

from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.imports.mapping import LookAhead

TimeAt = Callable[[int, list[str]], datetime | None]


class _Column(NamedTuple):
    field: str
    place: int
    true_when: frozenset[str]
    bound: int | None
    is_time: bool


class LookAheads:
    """Remembers the value that has become true, by record and field.

    A different value of the same field must meet the condition again.
    """

    def __init__(self, rules: list[LookAhead], positions: dict[str, int], time_at: TimeAt) -> None:
        self._columns = [
            _Column(
                rule.field,
                positions[rule.column],
                frozenset(rule.shown_when),
                positions[rule.not_before] if rule.not_before else None,
                rule.field.endswith("_at"),
            )
            for rule in rules
            if rule.field is not None
        ]
        self._time_at = time_at
        self._true: dict[tuple[str, str], str] = {}

    def visible(
        self, number: str, status_class: StatusClass, at: datetime, cells: list[str], nulls: Collection[str]
    ) -> dict[str, str | None]:
        """Field -> value if it is true at this row, else None. Times are ISO 8601 in UTC."""
        return {column.field: self._value(column, number, status_class, at, cells, nulls) for column in self._columns}

    def _value(
        self, column: _Column, number: str, status_class: str, at: datetime, cells: list[str], nulls: Collection[str]
    ) -> str | None:
        text = cells[column.place].strip()
        time = self._time_at(column.place, cells) if column.is_time else None
        bound = self._time_at(column.bound, cells) if column.bound is not None else None
        if text in nulls:
            return None
        already_true = self._true.get((number, column.field)) == text
        if not already_true and (status_class not in column.true_when or (bound is not None and bound > at)):
            return None
        self._true[number, column.field] = text
        return iso(time) if time else text


def iso(time: datetime) -> str:
    """A UTC time in the format of published facts, e.g. `2016-02-29T01:23:00Z`."""
    return time.isoformat().replace("+00:00", "Z")
