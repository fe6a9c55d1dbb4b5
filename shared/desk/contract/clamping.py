"""Brings the times of a fact inside the bounds, wherever its payload holds them."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TypeVar

import msgspec

from desk.contract.bounds import clamped
from desk.contract.struct_fields import Rewrite, rewriter

P = TypeVar("P", bound=msgspec.Struct)


def clamp_times(payload: P) -> P:
    """The payload with the nearest instant inside the bounds for each time beyond them.

    A recorded fact is never refused for a time: its bytes stay, and every fold and view reads the same instant.
    ValueError for a time without a zone.
    """
    rewrite = _times(type(payload))
    if rewrite is None:
        return payload
    clamped_payload = rewrite(payload, _clamped)
    assert isinstance(clamped_payload, type(payload))
    return clamped_payload


def _clamped(instant: object) -> object:
    return clamped(instant) if isinstance(instant, datetime) else instant


@cache
def _times(cls: type[msgspec.Struct]) -> Rewrite | None:
    return rewriter(cls, lambda hint: isinstance(hint, msgspec.inspect.DateTimeType))
