"""Built-in calendars, and parsing of documents."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from .calendar_document import CalendarDocument, load_calendar
from .problems import DocumentError, Problem

BUILTIN_CALENDARS = ("24x7", "business-hours", "incident-log-24x5")


@cache
def builtin_calendar(name: str) -> CalendarDocument:
    """Version 1 of a built-in calendar. ``KeyError`` for any other name."""
    return load_calendar(builtin_content(name))


@cache
def builtin_content(name: str) -> Mapping[str, object]:
    """The content of a built-in calendar, as it would be published. ``KeyError`` for any other name."""
    if name not in BUILTIN_CALENDARS:
        raise KeyError(f"no calendar {name!r} ships; known: {', '.join(BUILTIN_CALENDARS)}")
    return parse(resources.files(__package__ or "").joinpath("builtin", f"{name}.yaml").read_text("utf-8"))


def parse(text: str) -> Mapping[str, object]:
    """Parse a YAML or JSON document to a mapping; ``DocumentError`` when it is none."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise DocumentError("document", [Problem("(document)", f"not YAML: {wrong}", "correct the syntax")]) from None
    if not isinstance(data, dict):
        raise DocumentError("document", [Problem("(document)", "not a mapping", "start with id: and version:")])
    return {str(key): value for key, value in data.items()}
