"""Step 3: the rate per hour of a piece of labour, exact, with the source of the base and every factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

import msgspec

from desk.decision.policies.labour.card import AFTER_HOURS, ALL, BUSINESS, RateCard
from desk.decision.policies.labour.conditions import Properties
from desk.decision.policies.labour.terms import Terms, TermsRate
from desk_billing.rating.book import Setting
from desk_billing.rating.labour import Entry, Ticket

V = TypeVar("V")


class Quote(msgspec.Struct, frozen=True):
    """A rate per hour. `rate` None: no rate, because of `problem`. `factors`: (name, factor) that were considered.

    `factor` is the one they make together, `band_factor` that of the band alone.
    """

    rate: Fraction | None
    currency: str
    source: str
    base: Fraction
    factors: tuple[tuple[str, Fraction], ...] = ()
    factor: Fraction = Fraction(1)
    band_factor: Fraction = Fraction(1)
    problem: str = ""


class _Base(msgspec.Struct, frozen=True):
    """A rate before factors. `banded`: it is the band's own rate, which the band's factor must not raise again."""

    rate: Fraction
    source: str
    currency: str
    banded: bool = False


def quote(entry: Entry, ticket: Ticket, setting: Setting, terms: Terms | None, at: Properties) -> Quote:
    """The rate of a piece: by hand > the entry's > the ticket's > the agreement's > the client's card > the card."""
    currency = setting.bands_card.currency
    if entry.hand is not None:
        rate = Fraction(entry.hand.rate or 0)
        return Quote(rate, currency, "by hand", rate)
    base = next(_bases(entry, ticket, setting, terms, at), None)
    if base is None:
        return Quote(None, currency, "none", Fraction(0), problem="no-rate")
    if base.rate < 0:
        return Quote(None, base.currency, base.source, base.rate, problem="no-rate")
    factors, band = _factors(setting, at, banded=base.banded)
    factor = compose(setting.bands_card.compose, [one for _, one in factors])
    return Quote(base.rate * factor, base.currency, base.source, base.rate, factors, factor, band)


def _bases(entry: Entry, ticket: Ticket, setting: Setting, terms: Terms | None, at: Properties) -> Iterator[_Base]:
    currency = (terms.currency if terms is not None else None) or setting.bands_card.currency
    if entry.rate is not None and terms is not None and terms.accept_entry_rate:
        yield _Base(Fraction(entry.rate), "entry", currency)
    if ticket.rate is not None:
        yield _Base(Fraction(ticket.rate), "ticket", currency)
    cards = list(_card_bases(setting, at))
    found = _agreed(terms, at) if terms is not None else None
    if found is not None and terms is not None:
        source = f"agreement {terms.agreement}"
        if found.rate is not None:
            yield _Base(Fraction(found.rate), source, currency)
        elif cards:
            below = cards[0]
            changed = below.rate + Fraction(found.add) if found.add is not None else below.rate * _times(found)
            how = f"+ {found.add}" if found.add is not None else f"x {found.times}"
            yield _Base(changed, f"{source}: {below.source} {how}", below.currency, below.banded)
    yield from cards


def _times(found: TermsRate) -> Fraction:
    return Fraction(found.times if found.times is not None else 1)


def _agreed(terms: Terms, at: Properties) -> TermsRate | None:
    """The agreement's rate: for type and role > for the type > for the role > for all."""

    def fits(one: TermsRate) -> bool:
        role, work_type = one.role, one.work_type
        fitting_role = role is None or role.casefold() == at["role"]
        return fitting_role and (work_type is None or work_type.casefold() == at["work_type"])

    fitting = [one for one in terms.rates if fits(one)]
    return min(fitting, key=lambda one: (one.work_type is None, one.role is None), default=None)


def _card_bases(setting: Setting, at: Properties) -> Iterator[_Base]:
    for name, card in (("client card", setting.client_card), ("card", setting.card)):
        if card is None or (name == "card" and card is setting.client_card):
            continue
        rates = card.rates_of(at["role"])
        own: Decimal | None = _folded(rates, at["band"])
        rate = own if own is not None else rates.get(ALL)
        if rate is None:
            rate, own = _other_band(card, rates, at["band"])
        if rate is not None:
            yield _Base(Fraction(rate), name, card.currency, own is not None)


def _other_band(card: RateCard, rates: Mapping[str, Decimal], band: str) -> tuple[Decimal | None, Decimal | None]:
    """(rate, the band's own rate) of a role without a rate for the band: business hours with the band's factor, or
    without a factor the rate after hours.
    """
    own = rates.get(AFTER_HOURS) if band not in (BUSINESS, *(name.casefold() for name in card.bands)) else None
    return (own, own) if own is not None else (rates.get(BUSINESS), None)


def _factors(setting: Setting, at: Properties, *, banded: bool) -> tuple[tuple[tuple[str, Fraction], ...], Fraction]:
    card: RateCard = setting.bands_card
    band, work = _folded(card.bands, at["band"]), _folded(card.work_types, at["work_type"])
    of_band = Fraction(1) if band is None or banded else Fraction(band.times)
    found = [(at["band"], of_band)]
    if work is not None:
        found.append((at["work_type"], Fraction(work.times)))
    return tuple(found), of_band


def compose(how: str, factors: list[Fraction]) -> Fraction:
    """The factor that several make together: a premium is above 1, a reduction below."""
    if how == "product":
        result = Fraction(1)
        for factor in factors:
            result *= factor
        return result
    premiums = [factor for factor in factors if factor > 1]
    reduction = min((factor for factor in factors if factor < 1), default=Fraction(1))
    if how == "sum":
        return (1 + sum((factor - 1 for factor in premiums), Fraction(0))) * reduction
    return max(premiums, default=Fraction(1)) * reduction


def _folded(mapping: Mapping[str, V], key: str) -> V | None:
    """The value of a key without regard to case."""
    return next((value for name, value in mapping.items() if name.casefold() == key), None)
