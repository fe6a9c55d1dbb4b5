"""JSON of any shape, which the module that owns the document checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    JsonValue = object
    """A JSON value, not yet checked."""
else:
    from typing import Any

    # Any: msgspec writes no schema for a field of `object`, and a field cannot have a recursive type
    JsonValue = Any
JsonObject = dict[str, JsonValue]
"""A JSON object, its values not yet checked."""
