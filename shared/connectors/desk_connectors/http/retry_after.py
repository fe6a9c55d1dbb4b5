"""Reads the pause that a vendor asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0


def retry_after(headers: Mapping[str, str], now: datetime, default: float) -> float:
    """Seconds from a `Retry-After` header (seconds or an HTTP date, RFC 9110 10.2.3), 0 to 3600.

    An HTTP date is read by the vendor's clock, from the response's `Date`; without one by ours, `now`. `default` if
    there is no `Retry-After` or it cannot be read. The names of `headers` are not case-sensitive (`httpx.Headers`).
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        at, answered = _http_date(text), _http_date(headers.get("date", ""))
        if at is None:
            return default
        seconds = (at - (answered or now)).total_seconds()
    return min(max(seconds, 0.0), LONGEST) if seconds == seconds else default


def _http_date(text: str) -> datetime | None:
    """The time of a header; None when it is none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
