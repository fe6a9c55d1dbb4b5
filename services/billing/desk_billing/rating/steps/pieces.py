"""Pieces of an entry: stretches between two changes of an input, before and while their minutes are divided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from desk.decision.policies.labour.conditions import Properties
from desk.decision.policies.labour.terms import Pool
from desk_billing.rating.book import Setting
from desk_billing.rating.labour import Entry
from desk_billing.rating.steps.classify import Verdict
from desk_billing.rating.steps.quote import Quote


class Piece(msgspec.Struct, frozen=True):
    """A stretch of an entry before its minutes are divided."""

    start: int
    end: int
    band: str
    setting: Setting
    at: Properties
    verdict: Verdict
    quote: Quote
    scoped: tuple[Pool, ...]
    usable: tuple[Pool, ...]
    period: str
    day: date

    def joins(self, other: Piece) -> bool:
        """Whether the following piece is no different, so that both are one line."""
        same_day = self.day == other.day or self.setting.rounding.unit != "ticket-day"
        same = self.setting is other.setting and (self.band, self.period) == (other.band, other.period)
        return (
            same
            and same_day
            and self.usable == other.usable
            and self.verdict == other.verdict
            and self.quote == other.quote
        )


def apportion(minutes: int, pieces: Sequence[Piece]) -> list[int]:
    """The worked minutes by the length of the pieces: largest remainder; ties: lower premium, earlier."""
    lengths = [piece.end - piece.start for piece in pieces]
    total = sum(lengths)
    if total == 0:
        return [minutes]
    counts = [minutes * length // total for length in lengths]
    order = sorted(
        range(len(pieces)),
        key=lambda at: (-(minutes * lengths[at] % total), pieces[at].quote.factor, at),
    )
    for at in order[: minutes - sum(counts)]:
        counts[at] += 1
    return counts


def split_minutes(verdict: Verdict, minutes: int, taken: dict[str, int]) -> list[tuple[Verdict, int]]:
    """The verdict for its first minutes, and the next rule's for the others. `taken` counts minutes by rule."""
    if verdict.first_minutes is None or verdict.beyond is None:
        return [(verdict, minutes)] if minutes else []
    first = min(minutes, verdict.first_minutes - taken.get(verdict.rule, 0))
    taken[verdict.rule] = taken.get(verdict.rule, 0) + first
    found = [(verdict, first)] if first else []
    return [*found, *split_minutes(verdict.beyond, minutes - first, taken)]


def unit_of(unit: str, entry: Entry, day: date) -> tuple[str, ...]:
    """The key of the unit that a line is rounded with. Cycles are never rounded together."""
    cycle = str(entry.cycle)
    if unit == "ticket":
        return unit, entry.ticket, cycle
    if unit == "ticket-day":
        return unit, entry.ticket, cycle, day.isoformat()
    if unit == "session" and entry.session:
        return unit, entry.ticket, cycle, entry.session
    return "entry", entry.ticket, entry.id


def period_of(day: date, period: str) -> str:
    """The billing period of a day: `2026-03`, or the ISO week `2026-W10`."""
    if period == "month":
        return f"{day.year:04}-{day.month:02}"
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"
