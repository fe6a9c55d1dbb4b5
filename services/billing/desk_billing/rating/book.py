"""The documents that rate labour, with those in force at an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from desk.calendars.calendar import Calendar
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import Allocation, BillingRules, Rounding, SamePerson, Second, TripFee
from desk.decision.policies.labour.terms import Destination, Pool, Terms
from desk_billing.rating.bands import Bands, midnight
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.versions import ALWAYS, Version, Versions


class Setting(msgspec.Struct, frozen=True):
    """The documents in force for one piece of labour. `client_card`: the client's own, before the global card.

    `agreement_problem`: the code of an agreement that the entry or its ticket names in error.
    """

    rules: BillingRules
    card: RateCard
    client_card: RateCard | None
    terms: Terms | None
    versions: tuple[str, ...]
    agreement_problem: str
    rounding: Rounding

    @property
    def second(self) -> Second:
        """The treatment of a second technician at the same time."""
        return (self.terms and self.terms.second) or self.rules.second

    @property
    def same_person(self) -> SamePerson:
        """The treatment of one person's overlapping entries."""
        return (self.terms and self.terms.same_person) or self.rules.same_person

    @property
    def trip_fees(self) -> tuple[TripFee, ...]:
        """Fees per trip, those of the agreement first."""
        return (*(self.terms.trip_fees if self.terms else ()), *self.rules.trip_fees)

    @property
    def allocation(self) -> Allocation:
        """The order in which demands draw from pools."""
        return (self.terms and self.terms.allocation) or self.rules.allocation

    @property
    def bands_card(self) -> RateCard:
        """The card whose bands cut and multiply: the client's own, else the global one."""
        return self.client_card or self.card


class Book:
    """All documents. Memoizes what depends on documents alone; a change of a document makes another book.

    `every_agreement`: labour of an agreement without any terms is a mistake; else the rules rate it.
    """

    def __init__(
        self,
        calendars: Mapping[str, Calendar],
        cards: Mapping[str, Versions[RateCard]],
        rules: Versions[BillingRules],
        terms: Sequence[Terms | Version[Terms]] = (),
        pools: Sequence[Pool] = (),
        *,
        every_agreement: bool = True,
    ) -> None:
        self.calendars, self.cards, self.rules = calendars, cards, rules
        self.pools, self._every_agreement = tuple(pools), every_agreement
        dated = [one if isinstance(one, Version) else Version(ALWAYS, "", one) for one in terms]
        self.memo: dict[tuple[object, ...], object] = {}
        self._bands: dict[tuple[int, int], Bands] = {}
        self._settings: dict[tuple[object, ...], Setting] = {}
        self._zones: dict[tuple[str, str | None], Calendar] = {}
        self._agreements: dict[str, tuple[Version[Terms], ...]] = {}
        for one in dated:
            client = one.document.client
            self._agreements[client] = (*self._agreements.get(client, ()), one)
        self._owners = {one.document.agreement: one.document.client for one in dated}
        self._labels = {
            id(one.document): f"agreement-terms:{one.document.agreement} {one.label}" for one in dated if one.label
        }
        self._pools: dict[str, tuple[Pool, ...]] = {}
        for pool in self.pools:
            self._pools[pool.client] = (*self._pools.get(pool.client, ()), pool)

    def calendar_of(self, ticket: Ticket) -> Calendar:
        """The calendar of the ticket, in its zone. KeyError when there is no such calendar."""
        key = (ticket.calendar, ticket.zone)
        if key not in self._zones:
            found = self.calendars[ticket.calendar or next(iter(self.calendars))]
            self._zones[key] = found if ticket.zone is None else Calendar(found.document, ticket.zone, "client")
        return self._zones[key]

    def bands(self, calendar: Calendar, card: RateCard) -> Bands:
        """The bands of the calendar under the card."""
        key = (id(calendar), id(card))
        if key not in self._bands:
            self._bands[key] = Bands(calendar, card)
        return self._bands[key]

    def pools_of(self, client: str) -> tuple[Pool, ...]:
        """The pools of a client."""
        return self._pools.get(client, ())

    def borders(self, client: str, zone: str, start: int, end: int) -> list[int]:
        """Instants inside (start, end) at which another version of a document, or a pool, comes into or out of use."""
        found = self.rules.borders(start, end)
        for owner in ("", client):
            if owner in self.cards:
                found += self.cards[owner].borders(start, end)
        own = self._agreements.get(client, ())
        found += [one.since for one in own if start < one.since < end]
        spans: list[Terms | Pool] = [*(one.document for one in own), *self._pools.get(client, ())]
        for span in spans:
            for day in (span.start, span.to):
                if day is not None and start < (at := midnight(zone, day)) < end:
                    found.append(at)
        return found

    def setting(self, entry: Entry, ticket: Ticket, zone: str, second: int) -> Setting:
        """The documents in force for the entry at an instant. LookupError when there are no rules or no card."""
        rules, card = self.rules.at(second), self.cards.get("", Versions()).at(second)
        own = self.cards[ticket.client].at(second) if ticket.client in self.cards else None
        if rules is None or (card or own) is None:
            raise LookupError("no billing rules or no rate card in force")
        terms, problem = self._chosen(entry, ticket, zone, second)
        key = (rules.label, card and card.label, ticket.client if own else "", own and own.label, id(terms), problem)
        if key not in self._settings:
            label = self._labels.get(id(terms), "")
            self._settings[key] = _setting(rules, card, own, terms, problem, label)
        return self._settings[key]

    def destination(self, to: Destination) -> str:
        """The agreement that excluded labour falls to: the one named, or that of the pool; empty for a pool of none."""
        return to.agreement or next((pool.agreement or "" for pool in self.pools if pool.id == to.pool), "")

    def in_force(self, agreement: str, zone: str, second: int) -> Terms | None:
        """The terms of an agreement at an instant: of several versions the one set last."""
        owner = self._owners.get(agreement, "")
        for since, _, one in reversed(self._agreements.get(owner, ())):
            if one.agreement == agreement and since <= second and within(one, zone, second):
                return one
        return None

    def _chosen(self, entry: Entry, ticket: Ticket, zone: str, second: int) -> tuple[Terms | None, str]:
        """Terms by the entry's agreement > the ticket's > default > priority > latest start > id."""
        for named in (entry.agreement, ticket.agreement):
            if not named:
                continue
            if named not in self._owners:
                return None, "agreement-unknown" if self._every_agreement else ""
            if self._owners[named] != ticket.client:
                return None, "agreement-other-client"
            if (found := self.in_force(named, zone, second)) is not None:
                return found, ""
        names = dict.fromkeys(one.document.agreement for one in self._agreements.get(ticket.client, ()))
        current = [one for name in names if (one := self.in_force(name, zone, second)) is not None]
        return min(current, key=_preference, default=None), ""


def _preference(terms: Terms) -> tuple[bool, int, int, str]:
    start = terms.start.toordinal() if terms.start is not None else 0
    return not terms.default, -terms.priority, -start, terms.agreement


def within(span: Terms | Pool, zone: str, second: int) -> bool:
    """Whether the instant is inside the days of the terms or the pool."""
    begun = span.start is None or midnight(zone, span.start) <= second
    return begun and (span.to is None or second < midnight(zone, span.to))


def _setting(
    rules: Version[BillingRules],
    card: Version[RateCard] | None,
    own: Version[RateCard] | None,
    terms: Terms | None,
    problem: str,
    label: str,
) -> Setting:
    base = rules.document.rounded
    versions = [f"billing-rules {rules.label}"]
    versions += [f"rate-card {one.label}" for one in (own, card) if one is not None]
    versions += [label] if label else []
    first = card or own
    assert first is not None
    return Setting(
        rules=rules.document,
        card=first.document,
        client_card=own.document if own is not None else None,
        terms=terms,
        versions=tuple(versions),
        agreement_problem=problem,
        rounding=terms.rounding.over(base) if terms is not None else base,
    )
