"""Balances of prepaid pools: draws, returns, the close of a pool with rollover and expiry, thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from desk.decision.policies.labour.conditions import Properties, matches
from desk.decision.policies.labour.currencies import minor_unit
from desk.decision.policies.labour.terms import Pool
from desk_billing.rating.steps.classify import Verdict

NOTHING = Fraction(0)


def granted(pool: Pool) -> Fraction:
    """The grant in the unit that is counted: minutes for a pool of hours, else the pool's own."""
    return Fraction(pool.quantity) * (60 if pool.unit == "hours" else 1)


def in_unit(pool: Pool, amount: Decimal) -> Fraction:
    """An amount of the document, such as its floor, in the unit that is counted."""
    return Fraction(amount) * (60 if pool.unit == "hours" else 1)


def burn(pool: Pool, at: Properties) -> Fraction:
    """The highest burn factor that applies to the labour; 1 when none does."""
    of = pool.burn
    named = ((of.roles, "role"), (of.work_types, "work_type"), (of.bands, "band"))
    found = [Fraction(f) for factors, key in named for name, f in factors.items() if name.casefold() == at[key]]
    return max(found, default=Fraction(1))


class Draw(msgspec.Struct, frozen=True):
    """Labour that a pool paid: `minutes` of the demand, and the `quantity` that they used up."""

    pool: Pool
    minutes: int
    quantity: Fraction


class Closing(msgspec.Struct, frozen=True):
    """The close of a pool at its end: what it keeps for some more periods, and what expires."""

    carried: Fraction
    expired: Fraction


def close(pool: Pool, unused: Fraction, *, again: bool) -> Closing:
    """Divide the unused grant: min(unused x share, cap) is carried, in whole units; nothing the second time."""
    left = max(NOTHING, unused)
    if pool.rollover is None or again:
        return Closing(NOTHING, left)
    carried = left * Fraction(pool.rollover.share)
    if pool.rollover.cap is not None:
        carried = min(carried, in_unit(pool, pool.rollover.cap))
    scale = 10 ** minor_unit(pool.currency) if pool.currency is not None else 1
    carried = Fraction(carried * scale // 1, scale)
    return Closing(carried, left - carried)


class Balances:
    """The balances of a client's pools while demands are met.

    `expired` is gone from a pool since its close; `reserved` is for draws that are final.
    """

    def __init__(self, pools: Sequence[Pool], expired: Mapping[str, Fraction]) -> None:
        self.pools = {pool.id: pool for pool in pools}
        self._granted = {pool.id: granted(pool) for pool in pools}
        self._expired = {pool.id: expired.get(pool.id, NOTHING) for pool in pools}
        self.used = dict.fromkeys(self.pools, NOTHING)
        self.reserved = dict.fromkeys(self.pools, NOTHING)
        self.crossed: dict[str, list[tuple[int, str]]] = {}

    def left(self, pool: str) -> Fraction:
        """The balance: granted, less expired and used."""
        return self._granted[pool] - self._expired[pool] - self.used[pool]

    def available(self, pool: Pool) -> Fraction:
        """The part of the balance that a draw may use, down to the floor."""
        return self.left(pool.id) - self.reserved[pool.id] - in_unit(pool, pool.floor)

    def use(self, pool: str, quantity: Fraction) -> None:
        """Take a quantity from the balance."""
        self.used[pool] += quantity

    def cross(self, pool: Pool, entry: str, before: Fraction, after: Fraction) -> None:
        """Note the low-water percents that the use of the pool passes at an entry."""
        whole = self._granted[pool.id]
        for percent in pool.low_water:
            if before * 100 < whole * percent <= after * 100:
                self.crossed.setdefault(pool.id, []).append((percent, entry))


def draw_order(pool: Pool) -> tuple[int, int, int, str]:
    """The order in which pools are drawn from: priority, earliest expiry (none last), start, id."""
    start = pool.start.toordinal() if pool.start is not None else 0
    return -pool.priority, pool.to.toordinal() if pool.to is not None else 1 << 30, start, pool.id


def in_scope(pool: Pool, verdict: Verdict, at: Properties) -> bool:
    """Whether the pool may pay for the labour at any time: the one that an exclusion names, else by its scope."""
    if not verdict.draws:
        return False
    if verdict.pool:
        return pool.id == verdict.pool
    of_agreement = pool.agreement is None or pool.agreement.casefold() == at["agreement"]
    return of_agreement and matches(pool.scope, at)
