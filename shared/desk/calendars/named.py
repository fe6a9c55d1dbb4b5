"""Looks up calendars by name, version and zone, for billing and SLA alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

import msgspec

from .calendar import Calendar, compile_calendar
from .calendar_document import load_calendar
from .documents import BUILTIN_CALENDARS, builtin_content


class Contents(Protocol):
    """Published documents by policy name and version (`desk.decision.context.Policies`)."""

    def get(self, name: str, version: str | None = None) -> object: ...


def policy_name(calendar: str) -> str:
    """The name of the policy that holds the versions of a calendar: `calendar:business-hours`."""
    return f"calendar:{calendar}"


def shipped() -> Mapping[str, Mapping[str, object]]:
    """Version 1 of every built-in calendar, by policy name."""
    return {policy_name(name): builtin_content(name) for name in BUILTIN_CALENDARS}


def calendar_named(contents: Contents, calendar: str, version: str, zone: str | None = None) -> Calendar:
    """That version in that zone (None: the document's own). ``LookupError`` when the version or zone does not exist."""
    content = contents.get(policy_name(calendar), version)
    try:
        return _compiled(msgspec.json.encode(content, order="sorted"), zone)
    except ValueError as wrong:
        raise LookupError(f"calendar {calendar} version {version} cannot be used: {wrong}") from wrong


@lru_cache(maxsize=256)
def _compiled(content: bytes, zone: str | None) -> Calendar:
    return compile_calendar(load_calendar(msgspec.json.decode(content)), zone)
