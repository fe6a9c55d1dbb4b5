"""The calendar document as a coordinator writes it, validated field by field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

import holidays
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from . import zones
from .problems import DocumentError, Fault, Problem, from_validation

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS = 86_400
MOST_WINDOWS, MOST_DAYS, MOST_HOLIDAYS = 20, 500, 10
_WINDOW = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?-(\d{2}):(\d{2})(?::(\d{2}))?(\+1)?")
_YEARLY = re.compile(r"(\d{2})-(\d{2})")
Span = tuple[int, int]


def parse_window(text: str) -> Span:
    """(start, end) of a window such as ``08:00-18:00``, in seconds of the day on which it opens; ``22:00-06:00+1`` ends
    a day later."""
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise Fault(f"{text!r} is no window", "write HH:MM-HH:MM, and HH:MM-HH:MM+1 when it ends on the next day")
    h1, m1, s1, h2, m2, s2 = (int(part or 0) for part in match.groups()[:6])
    start, end = h1 * 3600 + m1 * 60 + s1, h2 * 3600 + m2 * 60 + s2
    if max(m1, s1, m2, s2) > 59 or start >= DAY_SECONDS or end > DAY_SECONDS:
        raise Fault(f"{text!r} is no time of day", "hours go from 00 to 23 (an end may be 24:00), minutes to 59")
    if match.group(7):
        end += DAY_SECONDS
    if end <= start:
        remedy = f"swap the two times, or write {text}+1 when the window runs over midnight"
        raise Fault(f"{text!r} ends before it starts", remedy)
    if end - start > DAY_SECONDS:
        raise Fault(f"{text!r} is longer than a day", "split it into one window a day")
    return start, end


def _apart(windows: tuple[str, ...]) -> tuple[str, ...]:
    spans = sorted((parse_window(text), text) for text in windows)
    for (left, first), (right, second) in pairwise(spans):
        if right[0] < left[1]:
            raise Fault(f"{first} and {second} overlap", "join them or move a border", code="overlap")
    return windows


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _existing_zone(name: str) -> str:
    if name not in zones.names():
        raise Fault(f"unknown zone {name!r}", "use an IANA name such as Europe/Berlin or Etc/UTC", code="unknown_zone")
    return name


def _a_date(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _day_of(value: str) -> str:
    leap = f"2000-{value}" if _YEARLY.fullmatch(value) else value
    try:
        date.fromisoformat(leap)
    except ValueError:
        raise Fault(f"{value!r} is no day", "write 2026-12-24, or 12-24 for every year") from None
    return value


Windows = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_apart)]
ZoneName = Annotated[str, AfterValidator(_existing_zone)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class HolidaySet(_Part):
    """Public holidays of a country or one of its parts, from the ``holidays`` library: closed days."""

    country: str
    subdivision: str | None = None
    observed: bool = True

    @model_validator(mode="after")
    def _exists(self) -> HolidaySet:
        try:
            holidays.country_holidays(self.country, subdiv=self.subdivision, years=2024)
        except NotImplementedError as missing:
            remedy = "use an ISO 3166 code that the holidays library knows, e.g. country: DE, subdivision: BY"
            raise Fault(f"unknown holiday set: {missing}", remedy, code="unknown_holidays") from None
        return self


class OwnDay(_Part):
    """A special day: its windows replace those of the weekday and of any holiday. No window = closed."""

    day: Annotated[str, BeforeValidator(_a_date), AfterValidator(_day_of)]
    name: str
    open: Windows = ()


class CalendarDocument(_Part):
    """Working hours. ``week`` maps a day to its windows; a window belongs to the day on which it opens."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    zone: ZoneName = "Etc/UTC"
    week: dict[Day, Windows]
    holidays: Annotated[tuple[HolidaySet, ...], BeforeValidator(_listed)] = ()
    days: Annotated[tuple[OwnDay, ...], BeforeValidator(_listed)] = ()

    @cached_property
    def content(self) -> str:
        """Canonical JSON: equal documents have equal content."""
        return self.model_dump_json()

    @model_validator(mode="after")
    def _sound(self) -> CalendarDocument:
        if not any(self.week.values()):
            remedy = "give at least one day a window, e.g. mon: ['08:00-18:00']"
            raise Fault("no working time", remedy, field="week", code="calendar_without_working_time")
        for today, tomorrow in zip(DAYS, (*DAYS[1:], DAYS[0]), strict=True):
            _no_spill(today, self.week.get(today, ()), tomorrow, self.week.get(tomorrow, ()))
        named = [own.day for own in self.days]
        if twice := sorted(day for day, times in Counter(named).items() if times > 1):
            raise Fault(f"{', '.join(twice)} is named twice", "keep one entry a day", field="days", code="overlap")
        return self


def _no_spill(today: str, windows: tuple[str, ...], tomorrow: str, following: tuple[str, ...]) -> None:
    late = [text for text in windows if parse_window(text)[1] > DAY_SECONDS]
    for text in late:
        if any(parse_window(other)[0] < parse_window(text)[1] - DAY_SECONDS for other in following):
            fault = f"{text} of {today} runs into the windows of {tomorrow}"
            raise Fault(fault, "end it before the next one opens", field=f"week.{today}", code="overlap")


def too_large(document: CalendarDocument) -> list[Problem]:
    """Problems of a document that is larger than any calendar needs, and would cost the service memory."""
    longest = max(
        (len(windows) for windows in (*document.week.values(), *(own.open for own in document.days))), default=0
    )
    counts = (
        ("week", longest, MOST_WINDOWS, "windows in one day"),
        ("days", len(document.days), MOST_DAYS, "special days"),
        ("holidays", len(document.holidays), MOST_HOLIDAYS, "sets of holidays"),
    )
    return [
        Problem(field, f"{number:,} {what}", f"use at most {most}")
        for field, number, most, what in counts
        if number > most
    ]


def load_calendar(data: Mapping[str, object]) -> CalendarDocument:
    """Validate a document. Raises ``DocumentError`` with field, fault and remedy of every problem."""
    try:
        return CalendarDocument.model_validate(dict(data))
    except ValidationError as error:
        raise from_validation(f"calendar {data.get('id', '?')}", error) from None


__all__ = [
    "DAYS",
    "CalendarDocument",
    "DocumentError",
    "HolidaySet",
    "OwnDay",
    "load_calendar",
    "parse_window",
    "too_large",
]
