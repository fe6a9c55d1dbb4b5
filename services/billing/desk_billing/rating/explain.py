"""Explains a line: how it was cut, the rule that decided and those that lost, its rate, rounding and draws."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from desk_billing.rating.line import Line
from desk_billing.rating.steps.money import shares


def explain(line: Line) -> Iterator[str]:
    """Sentences about a line, the line itself first."""
    yield f"  {summary(line)}"
    verdict, versions = line.verdict, ", ".join(line.setting.versions)
    yield f"    class {line.billing_class} by {verdict.rule} ({verdict.source}), {versions}"
    yield from (f"    not {reason}" for reason in line.verdict.lost)
    yield f"    {_rate(line)}"
    yield from (f"    {note}" for note in line.notes)
    yield from (f"    flag {flag}" for flag in line.flags)
    yield from (f"    {payer}" for payer in _payers(line))


def summary(line: Line) -> str:
    """The line in short: `2026-03-02 60 min business billable 120.00 EUR`."""
    parts = [f"{line.day} {line.minutes} min {line.band} {line.billing_class}"]
    parts += [f"from {line.pool}"] if line.pool else []
    parts += [f"({line.reason})"] if line.reason else []
    parts += [f"charged {line.charged}"] if line.charged != line.minutes else []
    return " ".join([*parts, f"{line.amount} {line.quote.currency}"])


def _rate(line: Line) -> str:
    quote = line.quote
    if quote.rate is None:
        return f"no rate: {quote.problem} ({quote.source} gives {_number(quote.base)})"
    factors = "".join(f" x {_number(factor)} {name}" for name, factor in quote.factors if factor != 1)
    return f"rate {_number(quote.rate)} {quote.currency} an hour: {_number(quote.base)} of {quote.source}{factors}"


def _payers(line: Line) -> Iterator[str]:
    terms = line.verdict.terms
    if terms is None or not terms.payers or not line.value:
        return
    weights = [payer.share for payer in terms.payers]
    parts = shares(line.value, weights, line.quote.currency, line.setting.rules.round_half)
    for payer, part in zip(terms.payers, parts, strict=True):
        yield f"{payer.client} pays {part} {line.quote.currency}"


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{Decimal(value.numerator) / value.denominator:.6f}".rstrip("0")
