"""Prices each part of an entry: the first matching rule sets its class, the rate card its rate."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from msgspec.structs import replace

from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.facts import Hours
from desk.decision.policies.billing import BillingRules, Condition, RateCard

CENT, HOUR = Decimal("0.01"), Decimal(60)


class Unmatched(Exception):
    """No rule or rate fits; `why` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Terms(NamedTuple):
    """Fields common to all lines of an entry: the calendar that split it, and the agreement in force."""

    calendar: str
    agreement: str | None
    agreement_version: str


class Prices(NamedTuple):
    """The two policies in force: `billing-rules` and `rate-card`."""

    rules: BillingRules
    card: RateCard


Asked = Mapping[str, str | None]
"""Properties of an entry that rules may test, in addition to its hours."""


def priced(parts: Mapping[Hours, int], asked: Asked, terms: Terms, prices: Prices) -> list[f.RatedLine]:
    """One line per part. Raises Unmatched when no rule or rate fits."""
    found = [_line(hours, minutes, {**asked, "hours": hours}, terms, prices) for hours, minutes in parts.items()]
    return _charged(found, prices.rules.rounding_minutes)


def _line(hours: Hours, minutes: int, asked: Asked, terms: Terms, prices: Prices) -> f.RatedLine:
    rule = next((rule for rule in prices.rules.rules if matches(rule.when, asked)), None)
    if rule is None:
        raise Unmatched("no-rule")
    rate = _rates(asked["role"] or prices.card.default_role, prices.card).get(hours)
    if rate is None and rule.then == "billable":
        raise Unmatched("no-rate")
    return f.RatedLine(
        minutes=minutes,
        billing_class=rule.then,
        rule=rule.name,
        rate=Decimal(rate or 0),
        amount=Decimal(0),
        currency=prices.card.currency,
        calendar=terms.calendar,
        agreement=terms.agreement,
        agreement_version=terms.agreement_version,
        hours=hours,
    )


def _rates(role: str, card: RateCard) -> Mapping[Hours, str]:
    """The role's rates; PSA and rate card may differ in upper and lower case."""
    found = (rates for name, rates in card.roles.items() if name.casefold() == role.casefold())
    return next(found, {})


def matches(when: Mapping[Condition, str | list[str]], asked: Asked) -> bool:
    """Whether every condition holds: the value equals the one named, or is one of those listed."""
    return all(asked.get(key) in ([value] if isinstance(value, str) else value) for key, value in when.items())


def _charged(lines: list[f.RatedLine], step: int) -> list[f.RatedLine]:
    """Set the amounts of billable lines. The entry is charged in full steps of `step` minutes; the last billable line
    gets the added minutes.
    """
    billable = [at for at, line in enumerate(lines) if line.billing_class == "billable"]
    added = -sum(lines[at].minutes for at in billable) % step
    charged = {at: lines[at].minutes + (added if at == billable[-1] else 0) for at in billable}
    return [replace(line, amount=amount_of(line.rate, charged.get(at, 0))) for at, line in enumerate(lines)]


def amount_of(rate: Decimal, minutes: int) -> Decimal:
    """The price of `minutes` at a rate per hour, rounded to the cent."""
    return (rate * minutes / HOUR).quantize(CENT, ROUND_HALF_UP)
