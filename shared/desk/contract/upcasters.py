"""Converts facts of earlier major versions to the present ones. Entries stay for ever, because the facts do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Fields = dict[str, Any]  # Any: the fields of a version that has no class any more


class Upcaster(NamedTuple):
    """The conversion of one old type: to the type `now`, whose fields `fields` makes from the old ones (parsed
    JSON)."""

    now: str
    fields: Callable[[Fields], Fields]


def _renamed(**names: str) -> Callable[[Fields], Fields]:
    """Rename fields: `_renamed(new="old")`."""
    old_to_new = {old: new for new, old in names.items()}
    return lambda fields: {old_to_new.get(name, name): value for name, value in fields.items()}


UPCASTERS: dict[str, Upcaster] = {
    "desk.billing.unbilled-labour-flagged.v1": Upcaster(
        "desk.billing.unbilled-labour-flagged.v2", _renamed(age_days="age")
    ),
}
LISTS_GATES = frozenset(
    {
        "desk.docs.closed.v1",
        "desk.triage.outside-closure-noticed.v1",
        "desk.triage.outside-resolution-contested.v1",
        "desk.triage.resolved.v1",
    }
)
"""Types whose `missing` lists gates: former names in it read as today's, the bytes keep them."""
