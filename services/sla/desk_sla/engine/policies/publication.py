"""Checks a version of a calendar or policy against the versions already published."""

from __future__ import annotations

from desk.calendars.problems import Problem
from desk.calendars.times import iso


def publication(version: int, newest: int | None, effective_from: int, now: int, *, retroactive: bool) -> list[Problem]:
    """Problems of publishing ``version`` (after ``newest``, None = the first) to apply from ``effective_from``."""
    found = []
    expected = 1 if newest is None else newest + 1
    if version != expected:
        found.append(Problem("version", f"version {version} does not follow", f"write version: {expected}"))
    if effective_from < now and not retroactive:
        fault = f"{iso(effective_from)} lies in the past"
        remedy = f"choose a time from {iso(now)} on, or say retroactive: true"
        found.append(Problem("effective_from", fault, remedy, code="effective_in_the_past"))
    return found
