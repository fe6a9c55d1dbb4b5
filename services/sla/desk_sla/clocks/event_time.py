"""When a fact happened, as far as it can be believed."""

from __future__ import annotations

from desk.calendars.times import to_seconds
from desk.contract.event import Event

AHEAD = 120
"""Seconds that a fact may lie in its owner's future; what claims to lie further ahead happened when it was recorded.

Own facts are where the clocks say: a timer fires by the database's time, which the service's clock may lag behind.
"""


def moment(event: Event) -> int:
    """UTC seconds at which the fact happened."""
    at = to_seconds(event.time)
    return at if event.owner == "sla" else min(at, to_seconds(event.recordedtime) + AHEAD)
