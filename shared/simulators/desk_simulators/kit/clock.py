"""Simulated time: an injected clock, written as ISO 8601 in whole seconds or as epoch seconds."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present instant, zone-aware."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """`2026-01-15T14:02:11Z`: UTC, whole seconds, fractions dropped."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """Read an ISO 8601 text; one without a zone is UTC. Raises ValueError when it is no date."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
