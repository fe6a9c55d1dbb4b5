"""Steps 5 to 7 for one client: draws from pools, overage, amounts, fees and caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from desk.decision.policies.labour.terms import Pool
from desk_billing.rating.line import Line, canonical_line
from desk_billing.rating.steps.classify import UNMATCHED
from desk_billing.rating.steps.demands import Demand, Pin, allocate
from desk_billing.rating.steps.limits import with_fees_and_caps
from desk_billing.rating.steps.money import Running, price
from desk_billing.rating.steps.pools import Balances


class PoolState(msgspec.Struct, frozen=True):
    """A pool after all draws. `crossed`: low-water percents, each with the entry at which the use reached it."""

    pool: Pool
    used: Fraction
    left: Fraction
    crossed: tuple[tuple[int, str], ...]


class Settlement(msgspec.Struct, frozen=True):
    """The final lines of a client in canonical order, and its pools."""

    lines: tuple[Line, ...]
    pools: Mapping[str, PoolState]


def settle(
    lines: Sequence[Line],
    pools: Sequence[Pool],
    *,
    expired: Mapping[str, Fraction] = {},
    pins: Mapping[str, Pin] = {},
    roots: Mapping[str, str] = {},
) -> Settlement:
    """Draw, price and limit the rounded lines of one client.

    `expired`: quantities that pools lost when they were closed. `pins`: draws and amounts that are final, by entry.
    `roots`: the ticket that a merged ticket belongs to.
    """
    ordered = sorted(lines, key=canonical_line)
    balances = Balances(pools, expired)
    demands = allocate([Demand(line) for line in ordered], balances, pins, roots)
    drawn = [part for demand in demands for part in _parts(demand)]
    priced = with_fees_and_caps(_priced(_renumbered(drawn)), pins)
    states = {
        pool.id: PoolState(
            pool, balances.used[pool.id], balances.left(pool.id), tuple(balances.crossed.get(pool.id, ()))
        )
        for pool in pools
    }
    return Settlement(tuple(_renumbered(priced)), states)


def _parts(demand: Demand) -> list[Line]:
    """The line as drawn: a part for each pool that pays, then the overage."""
    line = demand.line
    if demand.covered_by:
        note = f"covered by a ticket of {demand.covered_by}"
        covered = replace(line, billing_class="covered", charged=0, pool=demand.covered_by, notes=(*line.notes, note))
        return [replace(covered, drawn=demand.tickets)]
    if not demand.draws:
        return [_overage(line, demand)]
    found: list[Line] = []
    minutes, charged, need = line.minutes, line.charged, demand.need
    for draw in demand.draws:
        need -= draw.minutes
        worked = minutes if need == 0 else min(minutes, draw.minutes)
        minutes, charged = minutes - worked, charged - draw.minutes
        unit = "min" if draw.pool.unit != "money" else draw.pool.currency
        notes = (*line.notes, f"{draw.minutes} min draw {_text(draw.quantity)} {unit} from {draw.pool.id}")
        paid = {"minutes": worked, "charged": draw.minutes, "pool": draw.pool.id, "drawn": draw.quantity}
        found.append(replace(line, billing_class="prepaid", reason="", notes=notes, **paid))
    if need == 0:
        return found
    remaining = replace(line, minutes=minutes, charged=max(0, charged))
    return [*found, _overage(remaining, demand)]


def _text(quantity: Fraction) -> str:
    return str(quantity if quantity.denominator == 1 else Decimal(quantity.numerator) / quantity.denominator)


def _overage(line: Line, demand: Demand) -> Line:
    """Labour beyond the pools: at the terms' rate, else the line's."""
    if not demand.beyond:
        return line
    terms = line.verdict.terms
    rate = line.rate
    notes = line.notes
    if terms is not None and terms.overage_rate is not None:
        rate = Fraction(terms.overage_rate) * demand.half
        if terms.overage_bands:
            rate *= line.quote.band_factor
        if terms.overage_weighted:
            rate *= demand.burn
        notes = (*notes, f"beyond the pools: overage of {terms.agreement} at {_text(rate)} an hour")
    if rate is None:
        return replace(line, billing_class=UNMATCHED, reason="no-rate", charged=0)
    return replace(line, billing_class="billable", reason="overage", rate=rate, notes=notes)


def _renumbered(lines: Sequence[Line]) -> list[Line]:
    found: list[Line] = []
    numbers: dict[str, int] = {}
    for line in lines:
        number = numbers.get(line.entry.id, 0)
        numbers[line.entry.id] = number + 1
        found.append(line if line.index == number else replace(line, index=number))
    return found


def _priced(lines: Sequence[Line]) -> list[Line]:
    """The lines with amounts. Lines of one unit and rate are rounded cumulatively."""
    running = Running()
    return [_amount(line, running) for line in lines]


def _amount(line: Line, running: Running) -> Line:
    hand, currency, half = line.entry.hand, line.quote.currency, line.setting.rules.round_half
    if line.billing_class == "prepaid":
        unit = next(pool.unit for pool in line.scoped if pool.id == line.pool)
        value = line.drawn if unit == "money" else Fraction(0)
        return replace(line, amount=running.amount(("money", line.entry.id, line.index), value, currency, half))
    if line.billing_class != "billable" or line.rate is None:
        return replace(line, amount=running.amount(("none", line.entry.id, line.index), Fraction(0), currency, half))
    key: tuple[object, ...] = (line.unit, line.rate, currency)
    value = price(line.rate, line.charged)
    if hand is not None and hand.amount is not None:
        key, value = ("hand", line.entry.id), Fraction(hand.amount) * line.minutes / line.entry.minutes
    return replace(line, amount=running.amount(key, value, currency, half))
