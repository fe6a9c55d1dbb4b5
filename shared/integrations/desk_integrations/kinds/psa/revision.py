"""Revisions of records: the stamp of the last change, and a short hash of what is watched."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the time of a record that has none."""


def stamp(instant: datetime) -> str:
    """UTC in whole seconds, `2026-01-15T14:57:50Z`. Stamps sort as text; fractions are cut."""
    return f"{instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def revision_of(changed_at: datetime | None, *parts: object) -> str:
    """When a record changed last, and a hash of codes and flags. No text goes in, so nothing can be guessed from it.

    The hash covers `repr` of the parts: their types belong to the revision.
    """
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    return f"{stamp(changed_at or BEGINNING)}-{digest}"
