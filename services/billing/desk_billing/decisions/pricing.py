"""Rule and rate of each part of an entry: the first rule that matches decides, the rate card prices it."""

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
    """What every line of an entry names: the calendar that cut it, and the agreement in force."""

    calendar: str
    agreement: str | None
    agreement_version: str


class Prices(NamedTuple):
    """The two policies in force: `billing-rules` and `rate-card`."""

    rules: BillingRules
    card: RateCard


Asked = Mapping[str, str | None]
"""What rules may ask of an entry, beside its hours."""


def priced(parts: Mapping[Hours, int], asked: Asked, terms: Terms, prices: Prices) -> list[f.RatedLine]:
    """One line per part. Raises Unmatched."""
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
    """Every condition holds: the value is the one named, or one of those listed."""
    return all(asked.get(key) in ([value] if isinstance(value, str) else value) for key, value in when.items())


def _charged(lines: list[f.RatedLine], step: int) -> list[f.RatedLine]:
    """Amounts of the billable lines. The entry is charged in full steps of minutes; the last billable line carries
    what that adds.
    """
    billable = [at for at, line in enumerate(lines) if line.billing_class == "billable"]
    added = -sum(lines[at].minutes for at in billable) % step
    charged = {at: lines[at].minutes + (added if at == billable[-1] else 0) for at in billable}
    return [replace(line, amount=amount_of(line.rate, charged.get(at, 0))) for at, line in enumerate(lines)]


def amount_of(rate: Decimal, minutes: int) -> Decimal:
    """What that many minutes cost at a rate per hour, to the cent."""
    return (rate * minutes / HOUR).quantize(CENT, ROUND_HALF_UP)
