"""Public interface of SLA policies: documents, selection, review, and the documents that ship."""

from __future__ import annotations

from functools import cache
from importlib import resources

from desk.calendars.documents import BUILTIN_CALENDARS, builtin_calendar, parse
from desk_sla.engine.policies.document import PRECEDENCE, PolicyDocument, load_policy
from desk_sla.engine.policies.review import review, review_policies
from desk_sla.engine.policies.selection import Chosen, Goal, Subject, choose_policy, goal, zone_of

BUILTIN_POLICIES = ("standard", "incident-log")


@cache
def builtin_policy(name: str) -> PolicyDocument:
    """Version 1 of a policy that ships. ``KeyError`` for any other name."""
    if name not in BUILTIN_POLICIES:
        raise KeyError(f"no sla policy {name!r} ships; known: {', '.join(BUILTIN_POLICIES)}")
    return load_policy(parse(_text(name)))


def _text(name: str) -> str:
    return resources.files(__package__ or "").joinpath("builtin", f"{name}.yaml").read_text("utf-8")


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
