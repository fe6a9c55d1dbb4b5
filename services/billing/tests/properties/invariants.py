"""The invariants of rating as functions: each yields what breaks it in some random worlds."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from desk_billing.rating.finder import states
from desk_billing.rating.handover import items
from desk_billing.rating.handover.batch import batches
from desk_billing.rating.lifecycle.account import value
from desk_billing.rating.steps import money
from desk_billing.rating.steps.pools import granted, in_unit
from desk_billing.rating.steps.units import charge
from desk_billing.rating.trial.answer import Trial

from .property_worlds import Document, lives, worlds

Broken = Iterator[object]
HALVES: tuple[money.Half, ...] = ("away", "even")
EXACT = {"EUR": 2, "JPY": 0, "KWD": 3}


def _ledger(world: Document) -> Trial:
    trial = Trial(world)
    assert trial.ledger is not None, trial.problems
    return trial


def minutes_of_lines_are_those_of_the_entry(seeds: range) -> Broken:
    for world in worlds(seeds):
        ledger = _ledger(world).ledger
        assert ledger is not None
        for name, entry in ledger.world.entries.items():
            if sum(line.minutes for line in ledger.accounts[name].recorded) != entry.minutes:
                yield world, name


def nothing_is_charged_below_zero(seeds: range) -> Broken:
    for world in worlds(seeds):
        for document in (*world["rules"], *world["terms"]):
            document["rounding"] = {"unit": "ticket", "step": 60, "direction": "down"}
        for lines in _ledger(world).answer.entries.values():
            yield from (line for line in lines if line.charged < 0 or line.minutes < 0 or line.amount.startswith("-"))


def a_unit_is_charged_by_its_minutes_not_its_cuts(seeds: range) -> Broken:
    for world in worlds(seeds):
        plain = copy.deepcopy(world)
        for document in (*plain["rules"], *plain["terms"]):
            document["rounding"] = {"unit": "ticket", "step": 15, "minimum": 30}
            document.pop("draw", None)
            document.pop("cap", None)
        for ticket in plain["tickets"]:
            ticket.pop("method", None)
        for pool in plain["pools"]:
            pool["unit"] = "minutes" if pool["unit"] == "tickets" else pool["unit"]
        ledger = _ledger(plain).ledger
        assert ledger is not None
        units: dict[tuple[str, ...], list[int]] = {}
        lines = [line for account in ledger.accounts.values() for line in account.recorded]
        unrated = {line.unit for line in lines if line.reason == "no-rate"}
        for line in lines:
            if line.chargeable and line.unit not in unrated:
                worked, charged = units.get(line.unit, [0, 0])
                units[line.unit] = [worked + line.minutes, charged + line.charged]
        rounding = next(iter(ledger.world.rules)).document.rounded
        yield from (unit for unit, (worked, charged) in units.items() if charge(worked, rounding) != charged)


def parts_of_the_value_add_up(seeds: range) -> Broken:
    """Invoiced, adjusted, written off and open labour is the present value."""
    for ledger in lives(seeds):
        for account in ledger.accounts.values():
            stays = account.written_off and account.off >= account.value
            if account.invoiced + account.off + account.open != account.value or (
                not stays and account.value != value(account.present)
            ):
                yield account


def pools_add_up_and_keep_their_floor(seeds: range) -> Broken:
    for ledger in lives(seeds):
        for name, state in ledger.pools.items():
            present = [line for account in ledger.accounts.values() for line in account.present]
            drawn = sum((line.drawn for line in present if line.pool == name), Fraction(0))
            expired = ledger.world.expired.get(name, Fraction(0))
            if state.left != granted(state.pool) - drawn - expired:
                yield name, state.left, drawn, expired
            if state.left < min(in_unit(state.pool, state.pool.floor), granted(state.pool)):
                yield name, state.left


def rating_again_records_nothing(seeds: range) -> Broken:
    for ledger in lives(seeds):
        before = {name: (one.rating, list(one.adjustments)) for name, one in ledger.accounts.items()}
        ledger.change(ledger.world, "again")
        ledger.change(ledger.world, "again")
        for name, one in ledger.accounts.items():
            if before[name] != (one.rating, list(one.adjustments)):
                yield name, before[name], one.adjustments


def the_order_of_arrival_changes_nothing(seeds: range) -> Broken:
    for number, world in enumerate(worlds(seeds)):
        rng = random.Random(number)
        entries = list(world["entries"])
        rng.shuffle(entries)
        cut = rng.randrange(len(entries) + 1)
        events = [{"log": entry} for entry in entries[cut:]]
        other = {**world, "entries": entries[:cut], "events": events}
        first, second = _ledger(world).answer, _ledger(other).answer
        if (first.entries, first.pools, first.totals) != (
            dict(sorted(second.entries.items())),
            second.pools,
            second.totals,
        ):
            yield world


def a_rule_that_matches_nothing_changes_nothing(seeds: range) -> Broken:
    for world in worlds(seeds):
        other = copy.deepcopy(world)
        never = {"name": "never", "when": {"role": "nobody", "kind": "incident", "cycle": "9"}, "then": "covered"}
        for rules in other["rules"]:
            rules["rules"].append({**never, "priority": 99})
        for terms in other["terms"]:
            terms["covers"].append({**never, "priority": 99})
            terms["excludes"].append({"name": "not", "when": {"technician": "nobody"}, "priority": 99})
        if _ledger(world).answer != _ledger(other).answer:
            yield world


def amounts_follow_from_the_printed_lines(seeds: range) -> Broken:
    """The second oracle: every amount again, from the printed rates and minutes of an entry."""
    for world in worlds(seeds):
        plain = copy.deepcopy(world)
        for card in plain["card"]:
            card["bands"] = {
                name: {**band, "times": 1} if isinstance(band, dict) else 1 for name, band in card["bands"].items()
            }
        for document in (*plain["rules"], *plain["terms"]):
            document.get("rounding", {}).pop("unit", None)
            document.pop("cap", None)
        for ticket in plain["tickets"]:
            ticket.pop("method", None)
        places = 10 ** EXACT[world["card"][0]["currency"]]
        for lines in _ledger(plain).answer.entries.values():
            sums: dict[str, list[Fraction]] = {}
            for line in lines:
                if line.billing_class == "billable" and line.rate is not None and Fraction(line.rate):
                    exact, printed = sums.get(line.rate, [Fraction(0), Fraction(0)])
                    exact += Fraction(line.rate) * line.charged / 60
                    sums[line.rate] = [exact, printed + Fraction(line.amount)]
            for rate, (exact, printed) in sums.items():
                if int(exact * places + Fraction(1, 2)) != printed * places:
                    yield rate, exact, printed


def shares_add_up(seeds: range) -> Broken:
    for seed in seeds:
        rng = random.Random(seed)
        currency = rng.choice(sorted(EXACT))
        amount = Decimal(rng.randint(-10_000, 100_000)).scaleb(-EXACT[currency])
        weights = [rng.randint(1, 100) for _ in range(rng.randint(1, 7))]
        parts = money.shares(amount, weights, currency)
        if sum(parts) != amount or any(abs(Fraction(part)) > abs(Fraction(amount)) for part in parts):
            yield amount, weights, parts


def states_add_up_to_all_minutes_and_the_open_amount(seeds: range) -> Broken:
    for ledger in lives(seeds):
        by_entry: dict[str, list[states.Found]] = {}
        for one in states.states(ledger.accounts, states.Progress()):
            by_entry.setdefault(one.entry, []).append(one)
        for name, account in ledger.accounts.items():
            found = by_entry.get(name, [])
            if sum(one.minutes for one in found) != account.minutes:
                yield name, found
            if sum(one.amount for one in found if one.state in states.OPEN) != account.open:
                yield name, account.open, found


def batches_add_up_to_what_is_open(seeds: range) -> Broken:
    for ledger in lives(seeds):
        handed: dict[str, Decimal] = {}
        for batch in batches(items.due(ledger)):
            for item in batch.items:
                handed[item.entry] = handed.get(item.entry, Decimal(0)) + item.amount
                exact = Fraction(item.quantity) * Fraction(item.rate)
                if item.amount not in [money.rounded_amount(exact, item.currency, half) for half in HALVES]:
                    yield item
        for name, account in ledger.accounts.items():
            if handed.get(name, 0) != account.open:
                yield name, account.open, handed.get(name)
