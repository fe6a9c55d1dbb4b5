"""Step 5: exact amounts, rounded to the minor unit of the currency. Fractions and decimals, no floats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from desk.decision.policies.labour.currencies import minor_unit

Half = Literal["away", "even"]
HOUR = 60


def round_units(value: Fraction, digits: int, half: Half = "away") -> int:
    """The number of minor units that the value rounds to."""
    scaled = value * 10**digits
    if half == "even":
        whole: int = round(scaled)
        return whole
    units = int((2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator))
    return units if scaled >= 0 else -units


def decimals(units: int, digits: int) -> Decimal:
    """Minor units as a decimal amount."""
    return Decimal(units).scaleb(-digits)


def rounded_amount(value: Fraction, currency: str, half: Half = "away") -> Decimal:
    """The value as an amount in the minor unit."""
    digits = minor_unit(currency)
    return decimals(round_units(value, digits, half), digits)


def price(rate: Fraction, minutes: int) -> Fraction:
    """The exact price of minutes at a rate per hour."""
    return rate * minutes / HOUR


def rate_text(rate: Fraction, currency: str) -> str:
    """A rate with at least the decimals of the currency, and all that it has; a repeating fraction to 9 of them."""
    digits = minor_unit(currency)
    while digits < 9 and (rate * 10**digits).denominator != 1:
        digits += 1
    return str(decimals(round_units(rate, digits), digits))


class Running:
    """Rounds amounts of one unit and rate cumulatively, so that their sum is the rounded price of all their minutes."""

    def __init__(self) -> None:
        self._so_far: dict[tuple[object, ...], Fraction] = {}

    def amount(self, key: tuple[object, ...], value: Fraction, currency: str, half: Half) -> Decimal:
        """The rounded amount of `value`, which is added to what the key has."""
        found = self.preview(key, value, currency, half)
        self._so_far[key] = self._so_far.get(key, Fraction(0)) + value
        return found

    def preview(self, key: tuple[object, ...], value: Fraction, currency: str, half: Half) -> Decimal:
        """The amount that `amount` would return."""
        before = self._so_far.get(key)
        digits = minor_unit(currency)
        if before is None:
            return decimals(round_units(value, digits, half), digits)
        return decimals(round_units(before + value, digits, half) - round_units(before, digits, half), digits)


def shares(amount: Decimal, weights: Sequence[int], currency: str, half: Half = "away") -> list[Decimal]:
    """The amount divided among payers by weight, rounded cumulatively: the shares add up to the amount."""
    digits, total = minor_unit(currency), sum(weights)
    found, passed, before = [], 0, 0
    for weight in weights:
        passed += weight
        units = round_units(Fraction(amount) * passed / total, digits, half)
        found.append(decimals(units - before, digits))
        before = units
    return found
