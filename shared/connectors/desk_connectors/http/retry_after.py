"""Reads the pause that a vendor asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0


def retry_after(header: str | None, now: datetime, default: float) -> float:
    """Seconds from a `Retry-After` header (seconds or an HTTP date, RFC 9110 10.2.3), 0 to 3600.

    `default` if there is none or it cannot be read.
    """
    text = (header or "").strip()
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text, now, default)
    return min(max(seconds, 0.0), LONGEST) if seconds == seconds else default


def _until(text: str, now: datetime, default: float) -> float:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return default
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - now).total_seconds()
