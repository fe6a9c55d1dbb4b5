"""How facts of earlier major versions read today. An entry stays for ever: the facts do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Fields = dict[str, Any]


class Upcaster(NamedTuple):
    """`now` is the type that the old one became; `fields` turns the old fields (parsed JSON) into its fields."""

    now: str
    fields: Callable[[Fields], Fields]


def _renamed(**names: str) -> Callable[[Fields], Fields]:
    """Fields that only got another name: `_renamed(new="old")`."""
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
