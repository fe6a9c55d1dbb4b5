"""Engines that are wrong as shipped products are. The oracle must find each of them."""

from __future__ import annotations

import copy
from collections.abc import Callable

from desk_billing.rating.trial.answer import Answer

from .oracle_run import engine
from .oracle_worlds import Document


def _changed(change: Callable[[Document], None]) -> Callable[[Document], Answer]:
    def answer(world: Document) -> Answer:
        other = copy.deepcopy(world)
        change(other)
        return engine(other)

    return answer


def _zone(world: Document) -> None:
    world["calendar"]["zone"] = "Etc/UTC"


def _entry_unit(world: Document) -> None:
    for document in (*world["rules"], *world["terms"]):
        document.get("rounding", {}).pop("unit", None)


def _no_burn(world: Document) -> None:
    for pool in world["pools"]:
        pool.pop("burn", None)


def _double_premium(world: Document) -> None:
    for card in world["card"]:
        card["compose"] = "product"


def _pools_never_end(world: Document) -> None:
    for pool in world["pools"]:
        pool.pop("to", None)


def _priority_alone(world: Document) -> None:
    """Rules of many conditions lose their weight: every condition but the first is dropped."""
    for rules in world["rules"]:
        for rule in rules["rules"]:
            rule["when"] = dict(list(rule.get("when", {}).items())[:1])


def _no_holidays(world: Document) -> None:
    world["calendar"].pop("days", None)


def _second_billed(world: Document) -> None:
    for document in (*world["rules"], *world["terms"]):
        document.pop("second", None)


def _newest_card(world: Document) -> None:
    """The card in force now rates work that was done before it."""
    world["card"] = [{key: value for key, value in world["card"][-1].items() if key != "effective_from"}]


TWINS = {
    change.__name__.lstrip("_"): _changed(change)
    for change in (
        _zone,
        _entry_unit,
        _no_burn,
        _double_premium,
        _pools_never_end,
        _priority_alone,
        _no_holidays,
        _second_billed,
        _newest_card,
    )
}
