"""The account of one entry: its recorded lines, and whatever was invoiced, adjusted or written off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import msgspec

from desk_billing.rating.line import Line
from desk_billing.rating.steps.money import rounded_amount

ZERO = Decimal(0)


class Adjustment(msgspec.Struct, frozen=True):
    """A difference to invoiced labour, billed in the next open period. `cause` is the event that made it."""

    entry: str
    number: int
    minutes: int
    amount: Decimal
    currency: str
    client: str
    cause: str
    invoice: str = ""


class WriteOff(msgspec.Struct, frozen=True):
    """Labour that is not going to be invoiced. `invoice` is the one that has the rest of the entry, without it."""

    minutes: int
    amount: Decimal
    code: str
    invoice: str = ""


@dataclass
class Account:
    """`recorded`: the lines as last rated before they became final. `present`: the lines as they would be rated now."""

    entry: str
    client: str
    recorded: tuple[Line, ...] = ()
    present: tuple[Line, ...] = ()
    rating: int = 0
    invoices: dict[int, str] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)
    written_off: list[WriteOff] = field(default_factory=list)
    differs: bool = False

    @property
    def final(self) -> bool:
        """Whether the recorded lines stay as they are."""
        return bool(self.invoices or self.written_off or any(one.invoice for one in self.adjustments))

    @property
    def currency(self) -> str:
        """The currency of the entry; empty without lines."""
        lines = self.recorded or self.present
        return lines[0].quote.currency if lines else ""

    @property
    def value(self) -> Decimal:
        """The recorded value with its adjustments."""
        return value(self.recorded) + sum((one.amount for one in self.adjustments), ZERO)

    @property
    def minutes(self) -> int:
        """The recorded minutes with their adjustments."""
        return minutes(self.recorded) + sum(one.minutes for one in self.adjustments)

    @property
    def off(self) -> Decimal:
        """The amount written off."""
        return sum((one.amount for one in self.written_off), ZERO)

    @property
    def invoiced(self) -> Decimal:
        """The amount on invoices: an invoice of the rest of an entry has no part that was written off before."""
        of_lines = sum((self.recorded[at].value for at in self.invoices), ZERO)
        less = sum((one.amount for one in self.written_off if one.invoice), ZERO)
        return of_lines + sum((one.amount for one in self.adjustments if one.invoice), ZERO) - less

    @property
    def open(self) -> Decimal:
        """The amount that is neither invoiced nor written off."""
        return self.value - self.invoiced - self.off

    @property
    def all_invoiced(self) -> bool:
        """Whether nothing of the entry is open for another invoice."""
        return len(self.invoices) == len(self.recorded) and all(one.invoice for one in self.adjustments)

    def price_of(self, count: int) -> Decimal:
        """The value of so many of the recorded minutes, in proportion."""
        if not self.recorded or not self.minutes:
            return ZERO
        half = self.recorded[0].setting.rules.round_half
        return rounded_amount(Fraction(self.value) * count / self.minutes, self.currency, half)

    def rate_again(self, lines: Sequence[Line], client: str, cause: str) -> None:
        """Take the lines of a new rating: in place of open ones, as an adjustment of final ones."""
        before, self.present = self.present, tuple(lines)
        if not self.final:
            if not same(self.recorded, lines):
                self.recorded, self.rating = tuple(lines), self.rating + 1
            self.adjustments.clear()
        elif client != self.client:
            self._adjust(-self.minutes, -self.value, self.client, cause)
            self._adjust(minutes(lines), value(lines), client, cause)
        elif not (same(before, lines) or self._all_off):
            self._adjust(minutes(lines) - self.minutes, value(lines) - self.value, client, cause)
        self.client = client

    @property
    def _all_off(self) -> bool:
        return bool(self.written_off) and self.off >= self.value

    def _adjust(self, count: int, amount: Decimal, client: str, cause: str) -> None:
        if count or amount:
            number = len(self.adjustments) + 1
            currency = self.currency
            self.adjustments.append(Adjustment(self.entry, number, count, amount, currency, client, cause))


def value(lines: Sequence[Line]) -> Decimal:
    """The amount to invoice for the lines."""
    return sum((line.value for line in lines), ZERO)


def minutes(lines: Sequence[Line]) -> int:
    """The worked minutes of the lines."""
    return sum(line.minutes for line in lines)


def same(before: Sequence[Line], after: Sequence[Line]) -> bool:
    """Whether two ratings have equal lines, apart from their explanation."""
    return [_essence(line) for line in before] == [_essence(line) for line in after]


def _essence(line: Line) -> tuple[object, ...]:
    rule = line.verdict.rule
    money = (line.rate, line.amount, line.quote.currency)
    return line.day, line.minutes, line.charged, line.band, line.billing_class, line.reason, rule, line.pool, *money
