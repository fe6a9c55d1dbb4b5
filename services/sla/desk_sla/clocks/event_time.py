"""The event time that clocks use for a fact."""

from __future__ import annotations

from desk.calendars.times import to_seconds
from desk.contract.event import Event

AHEAD = 120
"""Seconds by which a fact's time may exceed its recorded time; beyond that, the recorded time counts.

Own facts are exempt: timers fire by the database's time, and the service's clock may lag behind it.
"""


def moment(event: Event) -> int:
    """UTC seconds at which the fact happened."""
    at = to_seconds(event.time)
    return at if event.owner == "sla" else min(at, to_seconds(event.recordedtime) + AHEAD)
