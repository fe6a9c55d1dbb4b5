"""Examples that the engine's tests share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import load_calendar

OFFICE = {day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
ALWAYS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
HOUR = 3600


def calendar(week: dict[str, Any] | None = None, zone: str = "Etc/UTC", **more: Any) -> Calendar:
    return Calendar(load_calendar({"id": "example", "version": 1, "zone": zone, "week": week or OFFICE, **more}))


def at(text: str) -> int:
    """UTC seconds of ``2024-03-04 10:00`` or of an ISO time with its offset."""
    return int(datetime.fromisoformat(text if "+" in text or text.endswith("Z") else text + "+00:00").timestamp())
