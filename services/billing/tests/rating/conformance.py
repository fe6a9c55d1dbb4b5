"""Reads the conformance cases of rating, and writes an answer in the notation of their expectations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from desk_billing.rating.lifecycle.ledger import Ledger
from desk_billing.rating.lifecycle.periods import first_open
from desk_billing.rating.steps.money import shares
from desk_billing.rating.trial.answer import Answer, LineAnswer, Trial

from .hand_over_notation import HAND_OVER

FOLDER = Path(__file__).parents[2] / "conformance"


def cases() -> Iterator[dict[str, Any]]:  # Any: a case as written
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from yaml.safe_load(path.read_text("utf-8"))["cases"]


def line(one: LineAnswer) -> str:
    """`60b 120.00`, `11b>15 30.00`, `30b P:A`, `60b C`, `60b N:rework`, `60b U:no-rate`."""
    chargeable = one.billing_class in ("billable", "prepaid")
    charged = f">{one.charged}" if chargeable and one.charged != one.minutes else ""
    return f"{one.minutes}{one.band[0]}{charged} {_result(one)}"


def _result(one: LineAnswer) -> str:
    if one.billing_class == "billable":
        return one.amount
    if one.billing_class == "prepaid":
        return f"P:{one.pool}" + (f" {one.amount}" if float(one.amount) else "")
    letter = {"covered": "C", "non-billable": "N", "time-unmatched": "U"}[one.billing_class]
    return letter if one.reason is None else f"{letter}:{one.reason}"


def lines(answer: Answer, entry: str) -> str:
    return " + ".join(line(one) for one in answer.entries[entry])


def answered(case: dict[str, Any]) -> dict[str, Any]:  # Any: a case as written
    """The answer for whatever the case expects, in its notation."""
    trial = Trial(_world(case))
    answer = trial.answer
    found: dict[str, Any] = {}  # Any: as the case writes it
    for key in case["expect"]:
        if key in HAND_OVER:
            found[key] = HAND_OVER[key](trial, case)
        else:
            found[key] = _of(key, trial, answer) if key in SPECIAL else lines(answer, key)
    if "refused" not in case["expect"]:
        assert answer.refused == []
    return found


def _world(case: dict[str, Any]) -> dict[str, Any]:  # Any: a case as written
    """The world file of a case: without its other keys, and with its ticket and entry for as many clients."""
    world = {key: value for key, value in case.items() if key not in ("expect", "accounts", "copies")}
    if "copies" in case:
        (ticket,), (entry,) = case["tickets"], case["entries"]
        numbers = range(case["copies"])
        world["tickets"] = [{**ticket, "id": f"t{n}", "client": f"c{n}"} for n in numbers]
        world["entries"] = [{**entry, "ticket": f"t{n}", "entry": f"e{n}"} for n in numbers]
    return world


def _of(key: str, trial: Trial, answer: Answer) -> object:
    if key == "left":
        return {pool: one.left for pool, one in answer.pools.items() if one.left not in (0, "0.00")}
    if key == "totals":
        return answer.totals
    if key == "refused":
        return [one.code for one in answer.refused]
    if key == "adjustments":
        return [f"{one.entry} {one.minutes:+} {_signed(one.amount)}" for one in answer.adjustments]
    assert trial.ledger is not None
    accounts = trial.ledger.accounts
    if key == "open":
        return {name: str(account.open) for name, account in accounts.items() if account.open}
    if key == "thresholds":
        return {name: [list(one) for one in pool.crossed] for name, pool in trial.ledger.pools.items()}
    if key == "days":
        return [one.day for own in answer.entries.values() for one in own]
    return OTHERS[key](trial)


def _signed(amount: str) -> str:
    return amount if amount.startswith("-") else f"+{amount}"


def _ledger(trial: Trial) -> Ledger:
    assert trial.ledger is not None
    return trial.ledger


def _shares(trial: Trial) -> list[str]:
    """Return the part of each payer in the first line of the first entry."""
    one = next(iter(_ledger(trial).accounts.values())).recorded[0]
    terms = one.verdict.terms
    assert terms is not None
    return [str(part) for part in shares(one.value, [p.share for p in terms.payers], one.quote.currency)]


OTHERS: dict[str, Callable[[Trial], object]] = {
    "roots": lambda trial: {root: [n, str(v)] for root, (n, v) in _ledger(trial).by_root.items()},
    "shares": _shares,
    "closings": lambda trial: {
        name: [int(done.carried), int(done.expired)] for name, done in _ledger(trial).closings.items()
    },
    "billed": lambda trial: {
        name: [first_open(one.period, _ledger(trial).closed.get(account.client, ())) for one in account.recorded]
        for name, account in _ledger(trial).accounts.items()
    },
    "ratings": lambda trial: {name: account.rating for name, account in _ledger(trial).accounts.items()},
    "flags": lambda trial: [
        *(name for name, account in _ledger(trial).accounts.items() if account.differs),
        *(flag for account in _ledger(trial).accounts.values() for one in account.recorded for flag in one.flags),
    ],
    "clients": lambda trial: [
        f"{one.client} {_signed(str(one.amount))}"
        for account in _ledger(trial).accounts.values()
        for one in account.adjustments
    ],
}
SPECIAL = ("left", "totals", "refused", "adjustments", "days", "thresholds", "open", *OTHERS)
