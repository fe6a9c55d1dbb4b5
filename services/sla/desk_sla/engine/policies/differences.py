"""Differences between two versions of a calendar or policy: field by field, and hour by hour."""

from __future__ import annotations

from typing import Literal

import msgspec
from pydantic import BaseModel

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import Span

_KEYS = ("id", "day")


class Difference(msgspec.Struct, frozen=True):
    """A field as a dotted path; None = absent. Rules are matched by id and own days by day, not by position."""

    field: str
    before: str | None
    after: str | None


class Shift(msgspec.Struct, frozen=True):
    """A stretch that is no longer working time (``lost``), or has become it (``gained``), in UTC seconds."""

    start: int
    end: int
    change: Literal["gained", "lost"]


def field_differences(old: BaseModel, new: BaseModel) -> tuple[Difference, ...]:
    """Fields that differ between two documents of one kind, by path."""
    before, after = _flat("", old.model_dump(mode="json")), _flat("", new.model_dump(mode="json"))
    paths = sorted({*before, *after})
    return tuple(
        Difference(path, before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)
    )


def hour_differences(old: Calendar, new: Calendar, start: int, end: int) -> tuple[Shift, ...]:
    """Working time of [start, end) that only one of the calendars has, in order."""
    before, after = old.windows_s(start, end), new.windows_s(start, end)
    shifts = [Shift(a, b, "lost") for a, b in _without(before, after)]
    shifts += [Shift(a, b, "gained") for a, b in _without(after, before)]
    return tuple(sorted(shifts, key=lambda shift: shift.start))


def _without(spans: list[Span], others: list[Span]) -> list[Span]:
    """The part of ``spans`` that ``others`` do not cover; both sorted and disjoint."""
    found: list[Span] = []
    for start, end in spans:
        at = start
        for left, right in others:
            if right <= at or left >= end:
                continue
            if at < left:
                found.append((at, left))
            at = max(at, right)
        if at < end:
            found.append((at, end))
    return found


def _flat(path: str, value: object) -> dict[str, str]:
    if isinstance(value, dict):
        return {k: v for key, item in value.items() for k, v in _flat(f"{path}.{key}".lstrip("."), item).items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        named = {_name(item, index): item for index, item in enumerate(value)}
        return _flat(path, named)
    if value is None or value == []:
        return {}
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return {path: text}


def _name(item: dict[str, object], index: int) -> str:
    return next((str(item[key]) for key in _KEYS if key in item), str(index))
