"""Engines that are wrong as shipped engines are. The oracle must find each of them."""

from __future__ import annotations

from dataclasses import replace

from desk.calendars.calendar import Calendar

from .oracle import Answer, Case
from .oracle_run import engine


def zone_ignored(asked: Case, calendars: list[Calendar]) -> Answer:
    """Windows read as UTC."""
    return engine(asked, [Calendar(one.document, "Etc/UTC") for one in calendars])


def shifted_by_wall_clock(asked: Case, calendars: list[Calendar]) -> Answer:
    """The due time is moved by the length of each pause on the wall clock."""
    told = engine(replace(asked, pauses=()), calendars)
    ended = [(start, end) for start, end in asked.pauses if end is not None and asked.start <= start < end <= asked.now]
    moved = sum(end - start for start, end in ended)
    due = None if told.due is None else told.due + moved
    end = min(at for at in (asked.stop, asked.cancelled, asked.now) if at is not None)
    late = due is not None and end > due
    verdict = "breached" if late else told.verdict if told.verdict != "breached" else "met"
    return replace(told, due=due, verdict=verdict, breached_at=due if late else None)


def pauses_summed(asked: Case, calendars: list[Calendar]) -> Answer:
    """Overlapping pauses count twice."""
    told = engine(asked, calendars)
    end = min(at for at in (asked.stop, asked.cancelled, asked.now) if at is not None)
    calendar = calendars[0]
    spans = [(max(start, asked.start), end if stop is None else min(stop, end)) for start, stop in asked.pauses]
    lost = sum(calendar.elapsed_s(start, stop) for start, stop in spans)
    if asked.changes:
        return told
    return replace(told, elapsed=max(0, calendar.elapsed_s(asked.start, end) - lost))
