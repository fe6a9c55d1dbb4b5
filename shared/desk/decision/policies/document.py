"""The base of policy documents, as people write them: an unknown key or a wrong value is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(min_length=1, max_length=100)]
Codes = Annotated[list[Code], Field(min_length=1)]
RECORDED: Mapping[str, object] = MappingProxyType({})
"""Validation context of documents that were published before: patterns that an earlier release accepted are read, and
left to whoever matches them."""


class Document(BaseModel):
    """Base of every policy document: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)
