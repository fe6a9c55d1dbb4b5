"""Base of every command's body: refuses unknown fields, and values that no database can store."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, field_validator

from desk.contract.bounds import storable


class Body(BaseModel):
    """A command's body. Unknown fields are refused by name; so are NaN, infinity, NUL and half a surrogate pair."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False, hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: object) -> object:
        return storable(value)
