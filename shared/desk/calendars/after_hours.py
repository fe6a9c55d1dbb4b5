"""Work outside the hours: a time entry cut at the border of the calendar, and the minimum of a call-out."""

from __future__ import annotations

import msgspec

from .calendar import Calendar
from .calendar_document import Span


class Piece(msgspec.Struct, frozen=True):
    """Part of a time entry, wholly inside or outside the hours."""

    start: int
    end: int
    inside: bool


class Charge(msgspec.Struct, frozen=True):
    """Seconds to charge. ``topped_up``: added to reach the minimum, contained in ``outside``; charged once."""

    inside: int
    after_hours: int
    topped_up: int


def pieces(calendar: Calendar, start: int, end: int) -> tuple[Piece, ...]:
    """[start, end) cut wherever the hours begin or end; the pieces adjoin and cover it."""
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
    """What one call-out costs in time: its entries together reach the minimum once, and only outside the hours."""
    every = [piece for start, end in entries for piece in pieces(calendar, start, end)]
    inside = sum(piece.end - piece.start for piece in every if piece.inside)
    outside = sum(piece.end - piece.start for piece in every if not piece.inside)
    missing = max(0, minimum - outside) if outside else 0
    return Charge(inside=inside, after_hours=outside + missing, topped_up=missing)
