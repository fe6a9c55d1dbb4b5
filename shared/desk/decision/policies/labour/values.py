"""Types of the values in documents: rates, factors, amounts, days. Decimals are exact; a float is read as written."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from desk.calendars.problems import Fault
from desk.decision.policies.document import RECORDED
from desk.decision.policies.labour.currencies import listed_currency

FREE = "free"
"""The word for a rate of zero, which a bare 0 may not set by accident."""
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,9})?")


def decimal_of(value: object) -> Decimal:
    """The exact decimal of a number as people write it. Raises ``Fault`` for anything else."""
    text = "" if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
    if not _NUMBER.fullmatch(text):
        raise Fault(f"{value!r} is no number", 'write a decimal number, e.g. "120.00"')
    return Decimal(text)


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _fine(number: Decimal) -> Decimal:
    if _places(number) > 4:
        raise Fault(f"{number} has more than 4 decimals", "round it to 4 decimals")
    return number


def _rate(value: object, info: ValidationInfo) -> Decimal:
    if value == FREE:
        return Decimal(0)
    number = _fine(decimal_of(value))
    if number == 0 and info.context is not RECORDED:
        raise Fault("a rate of zero must be spelled out", "write free, or a rate above zero", code="zero_rate")
    if number < 0:
        raise Fault(f"a rate of {number} is below zero", "write a rate above zero")
    return number


def _factor(value: object) -> Decimal:
    number = _fine(decimal_of(value))
    if not 0 < number <= 100:
        raise Fault(f"a factor of {number}", "write a factor above 0 and up to 100; for no charge write a rule")
    return number


def _amount(value: object) -> Decimal:
    number = decimal_of(value)
    if number < 0:
        raise Fault(f"an amount of {number} is below zero", "write an amount of zero or more")
    return number


def _share(value: object) -> Decimal:
    number = _fine(decimal_of(value))
    if not 0 <= number <= 1:
        raise Fault(f"a share of {number}", "write a share from 0 to 1, e.g. 0.5")
    return number


def _day(value: object) -> object:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise Fault(f"{value!r} is no day", "write a day, e.g. 2026-03-02")
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Fault(f"{value!r} is no day", "write a day, e.g. 2026-03-02") from None


def _currency(code: str, info: ValidationInfo) -> str:
    return code if info.context is RECORDED else listed_currency(code)


Currency = Annotated[str, AfterValidator(_currency)]
Rate = Annotated[Decimal, BeforeValidator(_rate)]
"""Per hour, above zero, at most 4 decimals; the word `free` is zero."""
Added = Annotated[Decimal, BeforeValidator(lambda value: _fine(decimal_of(value)))]
"""Added to a rate per hour; may be below zero."""
Factor = Annotated[Decimal, BeforeValidator(_factor)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Share = Annotated[Decimal, BeforeValidator(_share)]
Day = Annotated[date, BeforeValidator(_day)]
WholeMinutes = Annotated[int, Field(ge=0, le=100_000, strict=True)]
Priority = Annotated[int, Field(ge=-1000, le=1000, strict=True)]
