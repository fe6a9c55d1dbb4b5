"""The statement of a prepaid pool for a period: its opening, its movements and its closing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Literal

import msgspec

from desk_billing.rating.lifecycle.ledger import Ledger
from desk_billing.rating.lifecycle.periods import end_of
from desk_billing.rating.steps.pieces import period_of
from desk_billing.rating.steps.pools import granted

NOTHING = Fraction(0)
Kind = Literal["granted", "drawn", "returned", "expired"]


class Movement(msgspec.Struct, frozen=True):
    """A quantity, above zero, that came into a pool or left it on a day."""

    day: date
    kind: Kind
    quantity: Fraction

    @property
    def signed(self) -> Fraction:
        """The change of the balance."""
        return self.quantity if self.kind in ("granted", "returned") else -self.quantity


class Statement(msgspec.Struct, frozen=True):
    """Quantities in the unit that is counted: minutes for a pool of hours."""

    opening: Fraction
    granted: Fraction
    drawn: Fraction
    returned: Fraction
    expired: Fraction

    @property
    def closing(self) -> Fraction:
        """The balance at the end: opening + granted - drawn + returned - expired."""
        return self.opening + self.granted - self.drawn + self.returned - self.expired


def statement(movements: Iterable[Movement], period: str) -> Statement:
    """The statement for a billing period. ValueError when the period is neither a month nor a week."""
    end = end_of(period)
    style = "week" if "W" in period else "month"
    before, own = NOTHING, dict.fromkeys(("granted", "drawn", "returned", "expired"), NOTHING)
    for one in movements:
        if one.day < end and period_of(one.day, style) == period:
            own[one.kind] += one.quantity
        elif one.day < end:
            before += one.signed
    return Statement(before, own["granted"], own["drawn"], own["returned"], own["expired"])


def movements(ledger: Ledger, pool: str) -> Iterator[Movement]:
    """The movements of a pool of the ledger. A grant without a first day is as old as can be.

    Raises ``KeyError`` for an unknown pool. Draws are those of the present lines: a correction lowers them, and is no
    return.
    """
    of = ledger.pools[pool].pool
    yield Movement(of.start or date.min, "granted", granted(of))
    for account in ledger.accounts.values():
        for line in account.present:
            if line.pool == pool:
                yield Movement(date.fromisoformat(line.day), "drawn", line.drawn)
    lost = ledger.world.expired.get(pool, NOTHING)
    if lost and of.to is not None:
        yield Movement(of.to, "expired", lost)
