"""After-hours work: splits time entries at the calendar's hours, and applies the minimum of a call-out."""

from __future__ import annotations

import msgspec

from .calendar import Calendar
from .calendar_document import Span


class Piece(msgspec.Struct, frozen=True):
    """Part of a time entry, entirely inside or outside the hours."""

    start: int
    end: int
    inside: bool


class Charge(msgspec.Struct, frozen=True):
    """Seconds to charge. ``topped_up``: added to reach the minimum, included in ``after_hours``; charged once."""

    inside: int
    after_hours: int
    topped_up: int


def pieces(calendar: Calendar, start: int, end: int) -> tuple[Piece, ...]:
    """Split [start, end) wherever the hours begin or end. The pieces adjoin and cover it."""
    found: list[Piece] = []
    at = start
    for opens, closes in calendar.windows_s(start, end):
        if at < opens:
            found.append(Piece(at, opens, inside=False))
        found.append(Piece(opens, closes, inside=True))
        at = closes
    if at < end:
        found.append(Piece(at, end, inside=False))
    return tuple(found)


def charge(calendar: Calendar, entries: tuple[Span, ...], minimum: int) -> Charge:
    """The charge of one call-out: the minimum applies once to all its entries, and only outside the hours."""
    every = [piece for start, end in entries for piece in pieces(calendar, start, end)]
    inside = sum(piece.end - piece.start for piece in every if piece.inside)
    after_hours = sum(piece.end - piece.start for piece in every if not piece.inside)
    missing = max(0, minimum - after_hours) if after_hours else 0
    return Charge(inside=inside, after_hours=after_hours + missing, topped_up=missing)
