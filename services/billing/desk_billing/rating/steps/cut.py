"""Steps 1 to 3 for one entry: cuts it where an input changes, finds class and rate of each piece, divides minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import cast

from msgspec.structs import replace

from desk.decision.policies.labour.card import BUSINESS
from desk.decision.policies.labour.conditions import Properties, matches
from desk.decision.policies.labour.terms import Pool
from desk_billing.rating.bands import day_of, midnight
from desk_billing.rating.book import Book, Setting, within
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.line import CHARGEABLE, Line
from desk_billing.rating.overlap import Overlaps, Span, inside
from desk_billing.rating.properties import properties
from desk_billing.rating.steps.classify import UNMATCHED, Verdict, classify
from desk_billing.rating.steps.pieces import Piece, apportion, period_of, split_minutes, unit_of
from desk_billing.rating.steps.pools import draw_order, in_scope
from desk_billing.rating.steps.quote import Quote, quote

HALF = Fraction(1, 2)
Judged = dict[tuple[object, ...], tuple[Properties, Verdict, Quote, tuple[Pool, ...]]]
"""Verdict, rate and pools in scope by whatever they depend on. The book keeps them for all tickets."""


class Cutter:
    """Cuts the entries of one ticket. Verdicts and rates are memoized in the book."""

    def __init__(self, ticket: Ticket, book: Book, overlaps: Overlaps) -> None:
        self.ticket, self.book, self.overlaps = ticket, book, overlaps
        self.calendar = book.calendar_of(ticket)
        self.zone = self.calendar.zone
        self._found = cast(Judged, book.memo)
        self._kind = (ticket.client, ticket.kind, ticket.tier, ticket.support_tier, ticket.agreement, ticket.option)
        self._price = (ticket.method, ticket.rate, self.zone)

    def lines(self, entry: Entry) -> list[Line]:
        """The lines of the entry, with minutes and rates, without rounding; none when it has no minutes."""
        if entry.minutes <= 0:
            return []
        pieces = self._joined(self._pieces(entry))
        counts = apportion(entry.minutes, pieces)
        found: list[Line] = []
        taken: dict[str, int] = {}
        for piece, minutes in zip(pieces, counts, strict=True):
            for verdict, some in split_minutes(piece.verdict, minutes, taken):
                line = self._line(entry, piece, verdict, some, len(found))
                if found and _joins(found[-1], line):
                    found[-1] = replace(
                        found[-1], minutes=found[-1].minutes + some, charged=found[-1].charged + line.charged
                    )
                else:
                    found.append(line)
        return [replace(line, overlaps=True) for line in found] if self.overlaps.twice(entry) else found

    def _pieces(self, entry: Entry) -> list[Piece]:
        if not entry.has_clock:
            return [self._piece(entry, entry.start, entry.start, BUSINESS, (), ())]
        second, twice = self.overlaps.second(entry), self.overlaps.twice(entry)
        borders = {entry.start, entry.end, *self._midnights(entry)}
        borders.update(self.book.borders(self.ticket.client, self.zone, entry.start, entry.end))
        borders.update(border for span in (*second, *twice) for border in span)
        found = []
        for start, end in pairwise(sorted(borders)):
            card = self.book.setting(entry, self.ticket, self.zone, start).bands_card
            for first, last, band in self.book.bands(self.calendar, card).pieces(start, end):
                found.append(self._piece(entry, first, last, band, second, twice))
        return found

    def _midnights(self, entry: Entry) -> list[int]:
        first, last = day_of(self.zone, entry.start), day_of(self.zone, entry.end)
        days = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
        return [at for day in days if entry.start < (at := midnight(self.zone, day)) < entry.end]

    def _piece(
        self, entry: Entry, start: int, end: int, band: str, second: Sequence[Span], twice: Sequence[Span]
    ) -> Piece:
        setting = self.book.setting(entry, self.ticket, self.zone, start)
        at, verdict, price, scoped = self._judged(entry, band, setting, start)
        if entry.hand is None and verdict.billing_class in CHARGEABLE:
            verdict = _overlapped(verdict, setting, inside(second, start), inside(twice, start))
            price = _halved(price) if setting.second == "half" and inside(second, start) else price
        scoped = scoped if verdict.draws or verdict.beyond is not None else ()
        day, usable = day_of(self.zone, start), self._usable(scoped, start)
        period = period_of(day, setting.rules.period)
        return Piece(start, end, band, setting, at, verdict, price, scoped, usable, period, day)

    def _judged(
        self, entry: Entry, band: str, setting: Setting, start: int
    ) -> tuple[Properties, Verdict, Quote, tuple[Pool, ...]]:
        who = (entry.option, entry.role, entry.work_type, entry.cycle, entry.party, entry.location, entry.technician)
        others = self._destinations(setting, start)
        key = (self._kind, self._price, who, entry.agreement, entry.rate, entry.hand, band, id(setting), others)
        if key in self._found:
            return self._found[key]
        terms = setting.terms
        agreement = terms.agreement if terms is not None else entry.agreement or self.ticket.agreement
        at = properties(entry, self.ticket, band, agreement, setting.bands_card.default_role)
        verdict = classify(entry, self.ticket, setting, at, self.book, (self.zone, start))
        verdict, price = self._priced(entry, setting, verdict, at)
        self._found[key] = at, verdict, price, () if self._fee(setting, at) is not None else self._scoped(verdict, at)
        return self._found[key]

    def _destinations(self, setting: Setting, start: int) -> tuple[int, ...]:
        """Identities of the terms of other agreements that exclusions refer to."""
        excludes = setting.terms.excludes if setting.terms is not None else ()
        names = [self.book.destination(one.to) for one in excludes if not isinstance(one.to, str)]
        return tuple(id(self.book.in_force(name, self.zone, start)) for name in names)

    def _priced(self, entry: Entry, setting: Setting, verdict: Verdict, at: Properties) -> tuple[Verdict, Quote]:
        """The verdict with its rate; billable labour without a rate is unmatched."""
        if not verdict.priced:
            return verdict, Quote(None, setting.bands_card.currency, "none", Fraction(0), problem=verdict.reason)
        price = quote(entry, self.ticket, setting, verdict.terms, at)
        if price.rate is None and verdict.billing_class == "billable":
            verdict = replace(verdict, billing_class=UNMATCHED, reason=price.problem, draws=False)
        return verdict, price

    def _scoped(self, verdict: Verdict, at: Properties) -> tuple[Pool, ...]:
        """The pools that the verdict, or one that follows its first minutes, has in scope."""
        chain = [verdict]
        while chain[-1].beyond is not None:
            chain.append(chain[-1].beyond)
        return tuple(pool for pool in self._order() if any(in_scope(pool, one, at) for one in chain))

    def _usable(self, scoped: Sequence[Pool], start: int) -> tuple[Pool, ...]:
        """The pools that may pay for work at the instant."""
        return tuple(pool for pool in scoped if within(pool, self.zone, start) and (pool.paid or not pool.paid_first))

    def _order(self) -> list[Pool]:
        """The client's pools by priority, earliest expiry (none last), start, id."""
        return sorted(self.book.pools_of(self.ticket.client), key=draw_order)

    def _fee(self, setting: Setting, at: Properties) -> Decimal | None:
        """The fee that replaces the hours of the labour, if there is one."""
        return next((one.fee for one in setting.trip_fees if matches(one.when, at)), None)

    def _line(self, entry: Entry, piece: Piece, verdict: Verdict, minutes: int, index: int) -> Line:
        price = piece.quote
        if verdict is not piece.verdict:
            verdict, price = self._priced(entry, piece.setting, verdict, piece.at)
        fee = self._fee(piece.setting, piece.at) if verdict.billing_class == "billable" else None
        mine = [pool.id for pool in piece.scoped if in_scope(pool, verdict, piece.at)]
        rounding = piece.setting.rounding
        return Line(
            entry=entry,
            ticket=self.ticket,
            setting=piece.setting,
            verdict=verdict,
            quote=price,
            index=index,
            start=piece.start,
            day=piece.day.isoformat(),
            period=piece.period,
            minutes=minutes,
            charged=minutes if verdict.billing_class in CHARGEABLE else 0,
            band=piece.band,
            billing_class=verdict.billing_class,
            reason=verdict.reason,
            rate=price.rate,
            unit=unit_of(rounding.unit or "entry", entry, piece.day),
            scoped=tuple(pool for pool in piece.scoped if pool.id in mine),
            usable=tuple(pool for pool in piece.usable if pool.id in mine),
            fee=fee,
        )

    def _joined(self, pieces: list[Piece]) -> list[Piece]:
        found: list[Piece] = []
        for piece in pieces:
            if found and found[-1].joins(piece):
                found[-1] = replace(found[-1], end=piece.end)
            else:
                found.append(piece)
        return found


def _overlapped(verdict: Verdict, setting: Setting, second: bool, twice: bool) -> Verdict:
    if twice and setting.same_person == "once":
        return Verdict("non-billable", "overlap", "same-person", "overlap", verdict.terms)
    if second and setting.second == "none":
        return Verdict("non-billable", "overlap", "second-technician", "second", verdict.terms)
    return verdict


def _halved(price: Quote) -> Quote:
    if price.rate is None:
        return price
    return replace(price, rate=price.rate * HALF, factors=(*price.factors, ("second", HALF)))


def _joins(line: Line, following: Line) -> bool:
    """Whether two lines of first minutes, cut for the sake of those that follow, are one after all."""
    parts = [(one.setting, one.band, one.period, one.unit, one.usable, one.quote) for one in (line, following)]
    verdicts = [replace(one.verdict, first_minutes=None, beyond=None, lost=()) for one in (line, following)]
    return parts[0] == parts[1] and verdicts[0] == verdicts[1]
