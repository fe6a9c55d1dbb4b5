"""Conditions of rules, exclusions and scopes: matching, and whether two of them can match one entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator

from desk.calendars.problems import Fault

NAMES = (
    "option",
    "role",
    "work_type",
    "tier",
    "support_tier",
    "agreement",
    "client",
    "kind",
    "band",
    "cycle",
    "party",
    "location",
    "technician",
)
"""Properties of a piece of labour that a condition may test."""
ALIASES: Mapping[str, str] = {"billable": "option", "hours": "band"}
"""Names of earlier documents."""
BANDS: Mapping[str, str] = {"business-hours": "business"}
_CYCLE = re.compile(r"\d{1,4}\+?")
When = Mapping[str, frozenset[str]]
Properties = Mapping[str, str]
"""The properties of a piece of labour, in lower case; `""` for one that it does not have."""


def _condition(value: object) -> dict[str, frozenset[str]]:
    if not isinstance(value, Mapping):
        raise Fault("no conditions", "write a mapping, e.g. {work_type: onsite}")
    found: dict[str, frozenset[str]] = {}
    for key, wanted in value.items():
        name = ALIASES.get(key, key)
        if name not in NAMES:
            raise Fault(f"unknown condition {key!r}", f"use one of {', '.join(NAMES)}", field=str(key))
        if name in found:
            raise Fault(f"{key!r} repeats {name!r}", "keep one of the two", field=str(key))
        found[name] = _values(name, str(key), wanted)
    return found


def _values(name: str, key: str, wanted: object) -> frozenset[str]:
    listed = list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
    if not listed:
        raise Fault("an empty list matches nothing", "name at least one value, or leave the condition out", field=key)
    texts = [str(value) for value in listed if isinstance(value, str | int) and not isinstance(value, bool)]
    if len(texts) < len(listed):
        raise Fault("a value is no text", "write texts, in quotes where they look like numbers", field=key)
    if name == "band":
        texts = [BANDS.get(text, text) for text in texts]
    if name == "cycle" and not all(_CYCLE.fullmatch(text) for text in texts):
        raise Fault(f"{wanted!r} is no cycle", 'write a number, or e.g. "2+" for every reopening', field=key)
    return frozenset(text.casefold() for text in texts)


Conditions = Annotated[dict[str, frozenset[str]], BeforeValidator(_condition)]
"""Conditions as a document has them: each property has one of the values named, without regard to case."""


def matches(when: When, properties: Properties) -> bool:
    """Whether every condition holds."""
    for name, wanted in when.items():
        value = properties[name]
        if value not in wanted and not (name == "cycle" and _in_cycles(wanted, value)):
            return False
    return True


def unmet(when: When, properties: Properties) -> str:
    """The first condition that does not hold, in words; empty when all hold."""
    for name in NAMES:
        if name in when and not matches({name: when[name]}, properties):
            return f"it asks for {name} {' or '.join(sorted(when[name]))} and finds {properties[name] or 'none'}"
    return ""


def compatible(one: When, other: When) -> bool:
    """Whether one entry can match both: every property that both name has a value that both allow."""
    shared = set(one) & set(other)
    return all(one[name] & other[name] or (name == "cycle" and _meet(one[name], other[name])) for name in shared)


def _in_cycles(wanted: frozenset[str], cycle: str) -> bool:
    return any(text.endswith("+") and int(cycle) >= int(text[:-1]) for text in wanted)


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of cycles, one of which is open-ended, have a cycle in common."""
    numbers = {int(text.rstrip("+")) for text in one | other}
    return any(_holds(one, str(cycle)) and _holds(other, str(cycle)) for cycle in numbers)


def _holds(wanted: frozenset[str], cycle: str) -> bool:
    return cycle in wanted or _in_cycles(wanted, cycle)
