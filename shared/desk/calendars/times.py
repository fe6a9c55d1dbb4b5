"""Instants and durations: whole UTC seconds since 1970, bounded so that no fact can break the arithmetic."""

from __future__ import annotations

import re
from datetime import UTC, datetime

HORIZON_START = 0
"""1970-01-01T00:00:00Z: every earlier instant is read as this one."""
HORIZON_END = 4_102_444_800
"""2100-01-01T00:00:00Z: every later instant, and a due time that is never reached, is read as this one."""

_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?")


def clamp(second: int) -> int:
    """The nearest instant to ``second`` inside the horizon."""
    return HORIZON_START if second < HORIZON_START else min(second, HORIZON_END)


def to_seconds(at: datetime) -> int:
    """UTC seconds of an aware ``at``, fractions cut off, clamped to the horizon.

    Raises ``ValueError`` for a naive datetime: without a zone it names no instant.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no zone: give an aware datetime, e.g. with tzinfo=UTC")
    if at.year < _FIRST_YEAR:
        return HORIZON_START
    return HORIZON_END if at.year > _LAST_YEAR else clamp(int(at.timestamp()))


def to_datetime(second: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return datetime.fromtimestamp(clamp(second), UTC)


def iso(second: int) -> str:
    """An instant as ISO 8601 with ``Z``."""
    return to_datetime(second).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_duration(text: str) -> int:
    """Seconds of ``1h30m``, ``45m``, ``90s``. Days are refused: a day of work has no fixed length."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is no duration: write hours, minutes, seconds of working time, e.g. 4h, 1h30m, 45m")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def duration(seconds: int) -> str:
    """Format a duration as people write it: ``1h30m``, ``45m``, ``0s``."""
    sign, remaining = ("-" if seconds < 0 else ""), abs(seconds)
    hours, remaining = divmod(remaining, 3600)
    minutes, secs = divmod(remaining, 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{secs}s" if secs else ""]
    return sign + ("".join(parts) or "0s")
