"""Step 6: meets the demands of lines from the pools in their scope, final draws first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from desk.decision.policies.labour.terms import Pool
from desk_billing.rating.line import CHARGEABLE, Line
from desk_billing.rating.properties import properties
from desk_billing.rating.steps.money import price, rounded_amount
from desk_billing.rating.steps.pools import NOTHING, Balances, Draw, burn

COUNTED = ("hours", "minutes")


class Pin(msgspec.Struct, frozen=True):
    """The part of an entry that is final. `drawn`: quantities by pool, in order; `beyond`: minutes of overage.

    `amount` was invoiced, and `fee` says that it has a fee that is charged once.
    """

    drawn: tuple[tuple[str, Fraction], ...] = ()
    beyond: int = 0
    amount: Decimal | None = None
    fee: bool = False


class Demand:
    """A line's demand while it is met: minutes needed, draws so far, minutes that no pool may pay."""

    def __init__(self, line: Line) -> None:
        self.line = line
        terms = line.verdict.terms
        worked = terms is not None and terms.draw == "worked"
        self.draws: list[Draw] = []
        self.need = line.minutes if worked and line.charged else line.charged
        self.blocked = 0
        self.covered_by, self.tickets = "", NOTHING
        self.half = Fraction(1, 2) if any(name == "second" for name, _ in line.quote.factors) else Fraction(1)
        self.burn = Fraction(1)
        self._at = None if not line.scoped else _properties(line)
        if self._at is not None:
            weighted = terms is not None and terms.overage_weighted
            self.burn = max(burn(pool, self._at) for pool in line.scoped) if weighted else self.burn

    @property
    def draws_at_all(self) -> bool:
        """Whether pools may pay for the line."""
        return bool(self.line.scoped) and self.line.billing_class in CHARGEABLE

    @property
    def beyond(self) -> bool:
        """Whether the part that no pool pays is overage: a pool of minutes has it in scope, or a rule says prepaid."""
        explicit = self.line.billing_class == "prepaid"
        counted = any(pool.unit in COUNTED for pool in self.line.scoped)
        return explicit or (counted and self.need > 0 and self.line.billing_class == "billable")

    @property
    def missing(self) -> int:
        """Minutes that are neither drawn nor kept from drawing."""
        return self.need - self.blocked - sum(draw.minutes for draw in self.draws)

    def draw(self, pool: Pool, available: Fraction) -> Draw | None:
        """The largest draw from what is available, in whole minutes; None when there is none."""
        if pool.unit == "money":
            return self._draw_money(pool, available)
        factor = (burn(pool, self._at) if self._at is not None else Fraction(1)) * self.half
        minutes = min(self.missing, int(max(available, NOTHING) / factor))
        return Draw(pool, minutes, minutes * factor) if minutes > 0 else None

    def _draw_money(self, pool: Pool, available: Fraction) -> Draw | None:
        line = self.line
        if line.rate is None or pool.currency != line.quote.currency or self.missing <= 0:
            return None
        half = line.setting.rules.round_half

        def cost(minutes: int) -> Fraction:
            return Fraction(rounded_amount(price(line.rate or NOTHING, minutes), line.quote.currency, half))

        minutes = most(self.missing, lambda count: cost(count) <= available)
        return Draw(pool, minutes, cost(minutes)) if minutes > 0 else None


def most(limit: int, fits: object) -> int:
    """The largest number up to the limit that fits; what fits must be closed downwards."""
    assert callable(fits)
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def allocate(
    demands: Sequence[Demand], balances: Balances, pins: Mapping[str, Pin], roots: Mapping[str, str]
) -> Sequence[Demand]:
    """Meet the demands: final draws first, then the others in the order of allocation."""
    taken: dict[tuple[str, str], str] = {}
    _reserve(pins, balances)
    for entry, pin in pins.items():
        own = [demand for demand in demands if demand.line.entry.id == entry]
        _final(own, pin, balances, taken, roots)
    wanting = [demand for demand in demands if demand.draws_at_all and not demand.covered_by]
    recorded = any(demand.line.setting.allocation == "recorded" for demand in wanting)
    if recorded:
        wanting.sort(key=lambda demand: (demand.line.entry.seq, demand.line.entry.id, demand.line.index))
    for demand in wanting:
        _meet(demand, balances, taken, roots)
    return demands


def _reserve(pins: Mapping[str, Pin], balances: Balances) -> None:
    for pin in pins.values():
        for pool, quantity in pin.drawn:
            if pool in balances.pools:
                balances.reserved[pool] += quantity


def _final(
    own: Sequence[Demand],
    pin: Pin,
    balances: Balances,
    taken: dict[tuple[str, str], str],
    roots: Mapping[str, str],
) -> None:
    """Repeat the final draws of an entry, as far as its present minutes need them, and release the others."""
    left = {pool: quantity for pool, quantity in pin.drawn if pool in balances.pools}
    for demand in (one for one in own if one.draws_at_all):
        for name in left:
            pool = balances.pools[name]
            if pool.unit == "tickets":
                if left[name] > 0:
                    _cover(demand, pool, balances, taken, roots, reserved=True)
                    left[name] -= 1
                continue
            found = demand.draw(pool, left[name])
            if found is not None:
                balances.reserved[name] -= found.quantity
                left[name] -= found.quantity
                _record(demand, found, balances)
    beyond = pin.beyond
    for demand in (one for one in own if one.draws_at_all and not one.covered_by):
        demand.blocked = min(beyond, demand.missing)
        beyond -= demand.blocked
    for name, quantity in left.items():
        balances.reserved[name] -= max(quantity, NOTHING)


def _meet(demand: Demand, balances: Balances, taken: dict[tuple[str, str], str], roots: Mapping[str, str]) -> None:
    """Draw from the usable pools in order, until the demand is met."""
    root = roots.get(demand.line.ticket.id, demand.line.ticket.id)
    for pool in demand.line.scoped:
        if pool.unit == "tickets" and (root, pool.id) in taken:
            _cover(demand, pool, balances, taken, roots)
            return
    for pool in demand.line.usable:
        if demand.missing <= 0:
            return
        if pool.unit == "tickets":
            if not demand.draws and balances.available(pool) >= 1:
                _cover(demand, pool, balances, taken, roots)
                return
            continue
        found = demand.draw(pool, balances.available(pool))
        if found is not None:
            _record(demand, found, balances)


def _record(demand: Demand, draw: Draw, balances: Balances) -> None:
    before = balances.used[draw.pool.id]
    balances.use(draw.pool.id, draw.quantity)
    balances.cross(draw.pool, demand.line.entry.id, before, before + draw.quantity)
    demand.draws.append(draw)


def _cover(
    demand: Demand,
    pool: Pool,
    balances: Balances,
    taken: dict[tuple[str, str], str],
    roots: Mapping[str, str],
    *,
    reserved: bool = False,
) -> None:
    """Cover the line by one ticket of the pool, which a root ticket takes once."""
    root = roots.get(demand.line.ticket.id, demand.line.ticket.id)
    if reserved:
        balances.reserved[pool.id] -= 1
    if (root, pool.id) not in taken:
        taken[root, pool.id] = demand.line.entry.id
        before = balances.used[pool.id]
        balances.use(pool.id, Fraction(1))
        balances.cross(pool, demand.line.entry.id, before, before + 1)
        demand.tickets = Fraction(1)
    demand.covered_by = pool.id


def _properties(line: Line) -> Mapping[str, str]:
    terms = line.verdict.terms
    role = line.setting.bands_card.default_role
    return properties(line.entry, line.ticket, line.band, terms.agreement if terms is not None else "", role)


def finals(lines: Sequence[Line]) -> Iterator[tuple[str, Pin]]:
    """The pin of each entry, when all its lines become final as they are."""
    by_entry: dict[str, list[Line]] = {}
    for line in lines:
        by_entry.setdefault(line.entry.id, []).append(line)
    for entry, own in by_entry.items():
        drawn: dict[str, Fraction] = {}
        for line in own:
            if line.pool and line.drawn:
                drawn[line.pool] = drawn.get(line.pool, NOTHING) + line.drawn
        beyond = sum(line.charged for line in own if line.reason == "overage")
        amount = sum((line.value for line in own), Decimal(0))
        yield (
            entry,
            Pin(tuple(drawn.items()), beyond, amount, any(line.fee is not None and line.amount for line in own)),
        )
