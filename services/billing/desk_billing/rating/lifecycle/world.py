"""A world of labour: its documents, tickets and entries as they are now. Each change returns another world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from desk.calendars.calendar import Calendar
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Pool, Terms
from desk_billing.rating.book import Book
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.rate import Rated, rate
from desk_billing.rating.steps.demands import Pin
from desk_billing.rating.versions import Versions


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a rating. `calendars` has every version, by `ID@VERSION`; a ticket names the one selected for it.

    `expired`: quantities that pools lost when a period was closed.
    """

    calendars: Mapping[str, Calendar]
    cards: Mapping[str, Versions[RateCard]]
    rules: Versions[BillingRules]
    terms: tuple[Terms, ...] = ()
    pools: tuple[Pool, ...] = ()
    tickets: Mapping[str, Ticket] = {}
    entries: Mapping[str, Entry] = {}
    expired: Mapping[str, Fraction] = {}

    @property
    def book(self) -> Book:
        """The documents as the engine reads them."""
        return Book(self.calendars, self.cards, self.rules, self.terms, self.pools)

    def rated(self, pins: Mapping[str, Pin]) -> Rated:
        """The lines of all entries."""
        return rate(self.tickets, list(self.entries.values()), self.book, expired=self.expired, pins=pins)

    def without_hands(self) -> World:
        """The same labour as if nobody had rated it by hand."""
        entries = {name: replace(entry, hand=None) for name, entry in self.entries.items()}
        return replace(self, entries=entries)

    def zone_of(self, entry: Entry) -> str:
        """The zone of the entry's ticket."""
        ticket = self.tickets[entry.ticket]
        return ticket.zone or self.calendars[ticket.calendar].zone

    def with_pool(self, pool: Pool) -> World:
        """The pool in place of that of the same id, or beside the others."""
        kept = [pool if one.id == pool.id else one for one in self.pools]
        return replace(self, pools=tuple(kept if pool.id in {one.id for one in self.pools} else [*kept, pool]))


def total(amounts: Sequence[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Amounts added up by currency, in order of the code."""
    found: dict[str, Decimal] = {}
    for currency, amount in amounts:
        found[currency] = found.get(currency, Decimal(0)) + amount
    return dict(sorted((currency, amount) for currency, amount in found.items() if currency))
