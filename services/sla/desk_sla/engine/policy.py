"""SLA policies: the public face of documents, selection and review, and the documents that ship."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from .calendar_document import CalendarDocument, load_calendar
from .policy_document import PRECEDENCE, PolicyDocument, load_policy
from .problems import DocumentError, Problem
from .review import review, review_policies
from .selection import Chosen, Goal, Subject, choose_policy, goal, zone_of

BUILTIN_CALENDARS = ("24x7", "business-hours", "incident-log-24x5")
BUILTIN_POLICIES = ("standard", "incident-log")


@cache
def builtin_calendar(name: str) -> CalendarDocument:
    """Version 1 of a calendar that ships. ``KeyError`` for any other name."""
    if name not in BUILTIN_CALENDARS:
        raise KeyError(f"no calendar {name!r} ships; known: {', '.join(BUILTIN_CALENDARS)}")
    return load_calendar(parse(_text("calendars", name)))


@cache
def builtin_policy(name: str) -> PolicyDocument:
    """Version 1 of a policy that ships. ``KeyError`` for any other name."""
    if name not in BUILTIN_POLICIES:
        raise KeyError(f"no sla policy {name!r} ships; known: {', '.join(BUILTIN_POLICIES)}")
    return load_policy(parse(_text("policies", name)))


def parse(text: str) -> Mapping[str, Any]:
    """A YAML or JSON document as a mapping; ``DocumentError`` when it is none."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise DocumentError("document", [Problem("(document)", f"not YAML: {wrong}", "correct the syntax")]) from None
    if not isinstance(data, dict):
        raise DocumentError("document", [Problem("(document)", "not a mapping", "start with id: and version:")])
    return {str(key): value for key, value in data.items()}


def _text(folder: str, name: str) -> str:
    return resources.files(__package__ or "").joinpath("builtin", folder, f"{name}.yaml").read_text("utf-8")


__all__ = [
    "BUILTIN_CALENDARS",
    "BUILTIN_POLICIES",
    "PRECEDENCE",
    "Chosen",
    "Goal",
    "PolicyDocument",
    "Subject",
    "builtin_calendar",
    "builtin_policy",
    "choose_policy",
    "goal",
    "load_policy",
    "parse",
    "review",
    "review_policies",
    "zone_of",
]
