"""Formats instants for the vendor, and bounds the instants that count as times in its records."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def in_bounds(instant: datetime) -> bool:
    """Whether the instant is within 1970 to 2100; others are empty dates and mistakes."""
    return EARLIEST <= instant <= LATEST


def stamp(instant: datetime) -> str:
    """UTC, whole seconds, `2026-01-15T14:57:50Z`: the only form that the vendor accepts everywhere. Cuts fractions."""
    if instant.tzinfo is None:
        raise ValueError("a time needs a zone: give an aware datetime")
    try:
        whole = instant.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    except OverflowError as error:
        raise ValueError("a time must lie within the years 1 to 9999 in UTC") from error
    return f"{whole.isoformat()}Z"
