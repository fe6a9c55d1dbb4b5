"""Columns that look ahead: blank until the row in which they become true."""

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
    """Remembers, per record and field, the value that has become true.

    Another value of the same field has to become true by itself.
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
        """Field -> value as far as it is true at this row, else None. Times as ISO 8601 in UTC."""
        return {column.field: self._value(column, number, status_class, at, cells, nulls) for column in self._columns}

    def _value(
        self, column: _Column, number: str, status_class: str, at: datetime, cells: list[str], nulls: Collection[str]
    ) -> str | None:
        text = cells[column.place].strip()
        time = self._time_at(column.place, cells) if column.is_time else None
        bound = self._time_at(column.bound, cells) if column.bound is not None else None
        if text in nulls:
            return None
        known = self._true.get((number, column.field)) == text
        if not known and (status_class not in column.true_when or (bound is not None and bound > at)):
            return None
        self._true[number, column.field] = text
        return iso(time) if time else text


def iso(time: datetime) -> str:
    """A UTC time as the language writes it, e.g. `2016-02-29T01:23:00Z`."""
    return time.isoformat().replace("+00:00", "Z")
