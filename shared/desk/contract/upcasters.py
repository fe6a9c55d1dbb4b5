"""Converts facts of earlier major versions to the present ones. Entries stay for ever, because the facts do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Fields = dict[str, object]
"""The fields of a version that has no class any more."""


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
