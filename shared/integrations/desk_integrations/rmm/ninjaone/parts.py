"""Parts of an answer that are missing."""

from __future__ import annotations

from typing import Any

from desk_connectors.ninjaone import Listing
from desk_integrations.outcomes import Missing


def unreadable(part: str, found: Listing[Any]) -> tuple[Missing, ...]:
    """The rows of a list that were left out, and the end that was cut off, as missing parts."""
    missing = [Missing(part, "unreadable", rows=len(found.unreadable))] if found.unreadable else []
    return (*missing, Missing(part, "cut")) if found.cut else tuple(missing)
