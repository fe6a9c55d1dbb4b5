"""Description of a kind of record for the API: fields, references, write rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STAMP_FIELDS = frozenset({"id", "_info", "lastUpdated", "updatedBy", "dateEntered", "enteredBy"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names a record of another kind.

    `copies` maps field of the reference -> path in the target. A target found by one of `keys` must, with
    `scope = (target path, own path)`, share that value with the record that names it (a status and its board).
    """

    target: str
    keys: tuple[str, ...] = ("id", "name")
    copies: Mapping[str, str] = field(default_factory=lambda: {"id": "id", "name": "name"})
    scope: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """`name` stands in error bodies, `callback` is the callback type that its changes fire."""

    name: str
    path: str
    fields: frozenset[str]
    required: tuple[str, ...] = ()
    required_on_replace: tuple[str, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    read_only: frozenset[str] = frozenset()
    limits: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    create_only: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    writable: bool = False
    indexed: tuple[str, ...] = ()
    callback: str | None = None

    @property
    def queryable(self) -> frozenset[str]:
        return self.fields | self.read_only | STAMP_FIELDS


def names(text: str) -> frozenset[str]:
    """Field names written as one text."""
    return frozenset(text.split())
