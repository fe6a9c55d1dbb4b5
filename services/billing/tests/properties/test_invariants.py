"""Every invariant of rating on random worlds, and a broken twin of the engine that must break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import pytest
from msgspec.structs import replace

from desk_billing.rating.handover import items
from desk_billing.rating.lifecycle.account import Account
from desk_billing.rating.steps.money import Running, rounded_amount
from desk_billing.rating.steps.pools import Balances

from . import invariants

Invariant = Callable[[range], Iterator[object]]
SEEDS: dict[Invariant, range] = {invariants.shares_add_up: range(2000)}
ALL: tuple[Invariant, ...] = (
    invariants.minutes_of_lines_are_those_of_the_entry,
    invariants.nothing_is_charged_below_zero,
    invariants.a_unit_is_charged_by_its_minutes_not_its_cuts,
    invariants.parts_of_the_value_add_up,
    invariants.pools_add_up_and_keep_their_floor,
    invariants.rating_again_records_nothing,
    invariants.the_order_of_arrival_changes_nothing,
    invariants.a_rule_that_matches_nothing_changes_nothing,
    invariants.amounts_follow_from_the_printed_lines,
    invariants.shares_add_up,
    invariants.states_add_up_to_all_minutes_and_the_open_amount,
    invariants.batches_add_up_to_what_is_open,
)
RATING = "desk_billing.rating."


def _floors(minutes: int, pieces: Any) -> list[int]:  # Any: the engine's pieces
    total = sum(piece.end - piece.start for piece in pieces) or 1
    return [minutes * (piece.end - piece.start) // total for piece in pieces] if len(pieces) > 1 else [minutes]


def _last_alone(charged: list[int], chargeable: list[int], difference: int) -> None:
    charged[chargeable[-1]] += difference


def _each_line(lines: Any) -> list[Any]:  # Any: the engine's lines
    return [replace(line, charged=-(-line.charged // 15) * 15) for line in lines]


def _overwrite(self: Account, lines: Any, client: str, cause: str) -> None:  # Any: the engine's lines
    self.present = tuple(lines)
    self.recorded = self.recorded if self.final else self.present


def _no_floor(self: Balances, pool: Any) -> Fraction:  # Any: a pool
    return self.left(pool.id) + 30


def _by_line(
    self: Running,
    key: tuple[object, ...],
    value: Fraction,
    currency: str,
    half: Any,  # Any: a literal
) -> Decimal:
    return rounded_amount(value, currency, half)


def _each_share(amount: Decimal, weights: list[int], currency: str, half: str = "away") -> list[Decimal]:
    return [rounded_amount(Fraction(amount) * weight / sum(weights), currency) for weight in weights]


def _any_role(when: Any, at: Any) -> bool:  # Any: conditions and properties
    return all(name in ("role", "cycle", "technician") or at[name] in wanted for name, wanted in when.items())


def _beside(off: Any, parts: list[Any], states: Any) -> list[Any]:  # Any: a write-off, and the finder's parts
    return [replace(parts[0], state="written-off", minutes=off.minutes, amount=off.amount), *parts]


def _before_write_offs(account: Account) -> Iterator[Any]:  # Any: the items of the hand-over
    return items._open(account)


TWINS: dict[Invariant, tuple[str, object]] = {
    invariants.minutes_of_lines_are_those_of_the_entry: ("steps.cut.apportion", _floors),
    invariants.nothing_is_charged_below_zero: ("steps.units._place", _last_alone),
    invariants.a_unit_is_charged_by_its_minutes_not_its_cuts: ("rate.rounded", _each_line),
    invariants.parts_of_the_value_add_up: ("lifecycle.account.Account.rate_again", _overwrite),
    invariants.pools_add_up_and_keep_their_floor: ("steps.pools.Balances.available", _no_floor),
    invariants.rating_again_records_nothing: ("lifecycle.account.same", lambda before, after: False),
    invariants.the_order_of_arrival_changes_nothing: ("steps.settle.canonical_line", lambda line: line.entry.seq),
    invariants.a_rule_that_matches_nothing_changes_nothing: ("steps.classify.matches", _any_role),
    invariants.amounts_follow_from_the_printed_lines: ("steps.money.Running.amount", _by_line),
    invariants.shares_add_up: ("steps.money.shares", _each_share),
    invariants.states_add_up_to_all_minutes_and_the_open_amount: ("finder.states._written_off", _beside),
    invariants.batches_add_up_to_what_is_open: ("handover.items._left", _before_write_offs),
}


@pytest.mark.parametrize("invariant", ALL, ids=lambda one: one.__name__)
def test_an_invariant_holds_in_random_worlds(invariant: Invariant) -> None:
    assert list(islice(invariant(SEEDS.get(invariant, range(200))), 3)) == []


@pytest.mark.parametrize("invariant", ALL, ids=lambda one: one.__name__)
def test_a_broken_twin_breaks_it(invariant: Invariant, monkeypatch: pytest.MonkeyPatch) -> None:
    place, twin = TWINS[invariant]
    monkeypatch.setattr(RATING + place, twin)
    assert next(invariant(SEEDS.get(invariant, range(200))), None) is not None
