"""A line: part of an entry under one band, one class and one rate."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from desk.decision.policies.labour.rules import Class
from desk.decision.policies.labour.terms import Pool
from desk_billing.rating.book import Setting
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.steps.classify import Verdict
from desk_billing.rating.steps.quote import Quote

CHARGEABLE = frozenset(("billable", "prepaid"))


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line. `minutes` are worked, `charged` after rounding; `rate` per hour is exact, `amount` in the minor unit.

    `scoped` are the pools that may ever pay for it, `usable` those that may at its instant, in the order of drawing.
    `drawn`: used up in `pool`. `fee`: a flat charge in place of the hours.
    `overlaps`: an earlier entry of the same person has some of the time. `notes`: how it was cut, rounded and drawn.
    """

    entry: Entry
    ticket: Ticket
    setting: Setting
    verdict: Verdict
    quote: Quote
    index: int
    start: int
    day: str
    period: str
    minutes: int
    charged: int
    band: str
    billing_class: Class
    reason: str
    rate: Fraction | None
    unit: tuple[str, ...]
    scoped: tuple[Pool, ...] = ()
    usable: tuple[Pool, ...] = ()
    pool: str = ""
    drawn: Fraction = Fraction(0)
    amount: Decimal = Decimal(0)
    fee: Decimal | None = None
    overlaps: bool = False
    notes: tuple[str, ...] = ()

    @property
    def chargeable(self) -> bool:
        """Whether the line counts for rounding: billable or prepaid by the hour, not by a fee or by hand."""
        return self.billing_class in CHARGEABLE and self.fee is None and self.entry.hand is None

    @property
    def value(self) -> Decimal:
        """The amount to invoice: nothing for a prepaid line, whose amount a pool of money paid."""
        return self.amount if self.billing_class == "billable" else Decimal(0)

    @property
    def flags(self) -> tuple[str, ...]:
        """Codes for people to look at, which change no money."""
        found = [] if self.entry.has_clock else ["no-clock"]
        accepted = self.ticket.after_hours_accepted or self.band == "business"
        if self.billing_class in CHARGEABLE and not accepted:
            found.append("no-consent")
        found += ["overlap"] if self.overlaps else []
        return tuple(found)


def canonical_line(line: Line) -> tuple[int, str, int]:
    """The order in which lines count: start of the work, entry, place in the entry."""
    return line.entry.start, line.entry.id, line.index


Lines = Sequence[Line]
