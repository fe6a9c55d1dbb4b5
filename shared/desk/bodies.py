"""The base of every command's body: unknown fields are refused, and so is what no database can keep."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator


class Body(BaseModel):
    """A command's body. Unknown fields are refused by name; so are NaN, infinity, NUL and half a surrogate pair."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False, hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        if _unstorable(value):
            raise ValueError("holds a character that cannot be stored (NUL or half a surrogate pair)")
        return value


def _unstorable(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value or (not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value))
    if isinstance(value, list):
        return any(map(_unstorable, value))
    if isinstance(value, dict):
        return any(_unstorable(key) or _unstorable(item) for key, item in value.items())
    return False
