"""Builds the operations of a PATCH, with whole references only: the vendor accepts nested paths and ignores them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from desk_connectors.connectwise.records.times import stamp

Scalar = str | int | Decimal | bool | datetime
Operation = dict[str, object]
FLAT = re.compile(r"[A-Za-z][A-Za-z0-9]*")


@dataclass(frozen=True, slots=True)
class Patch:
    """An ordered set of operations, one per path. Every method returns a new patch."""

    operations: tuple[Operation, ...] = ()

    def replace(self, path: str, value: Scalar) -> Patch:
        """Set a plain field. `path` is case sensitive; nested paths are refused, since the vendor ignores them."""
        return self._add(_flat(path), "replace", _wire(value))

    def reference(self, path: str, record_id: int) -> Patch:
        """Point a reference (`status`, `board`, `owner` ...) at another record, replacing it as a whole."""
        return self._add(_flat(path), "replace", {"id": record_id})

    def communication_item(self, index: int, value: str) -> Patch:
        """Set the value of a contact's communication item, counted from 0: the only nested path that works."""
        return self._add(f"communicationItems/{index}/value", "replace", value)

    def custom_fields(self, every_field: list[dict[str, object]]) -> Patch:
        """Replace the custom fields. The vendor needs the complete list as read, with the changes."""
        return self._add("customFields", "replace", every_field)

    def remove(self, path: str) -> Patch:
        """Clear a field or a reference."""
        return self._add(_flat(path), "remove", None)

    def __bool__(self) -> bool:
        return bool(self.operations)

    def encode(self) -> bytes:
        """The request body. An empty patch is refused."""
        if not self.operations:
            raise ValueError("an empty patch: leave the call out")
        return msgspec.json.encode(self.operations)

    def _add(self, path: str, op: str, value: object) -> Patch:
        if any(operation["path"] == path for operation in self.operations):
            raise ValueError(f"{path}: already in this patch; the vendor promises no order of operations on a field")
        operation: Operation = {"op": op, "path": path}
        if op != "remove":
            operation["value"] = value
        return Patch((*self.operations, operation))


def _flat(path: str) -> str:
    if not FLAT.fullmatch(path):
        raise ValueError(f"{path}: give one field name; the vendor ignores nested paths, use reference()")
    return path


def _wire(value: Scalar) -> object:
    if isinstance(value, datetime):
        return stamp(value)
    return float(value) if isinstance(value, Decimal) else value
