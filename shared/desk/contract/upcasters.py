"""Converts facts of earlier major versions to the present ones. Entries stay for ever, because the facts do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

Fields = dict[str, object]
"""The fields of a version that has no class any more."""


class Upcaster(NamedTuple):
    """The conversion of one old type: to the type `now`, whose fields `fields` makes from the old ones (parsed
    JSON)."""

    now: str
    fields: Callable[[Fields], Fields]


def _renamed(**names: str) -> Callable[[Fields], Fields]:
    """Rename fields: `_renamed(new="old")`."""
    old_to_new = {old: new for new, old in names.items()}
    return lambda fields: {old_to_new.get(name, name): value for name, value in fields.items()}


_BANDS = {"business-hours": "business", "after-hours": "after-hours"}
_HOUR, _CENT = 60, Decimal("0.01")


def _with_bands(fields: Fields) -> Fields:
    """Lines of a rating of version 1: charged minutes follow from the amount, the list value from the rate."""
    lines = fields["lines"]
    assert isinstance(lines, list)
    return {**fields, "lines": [_banded(line) for line in lines]}


def _banded(line: Fields) -> Fields:
    rate, amount = Decimal(str(line["rate"])), Decimal(str(line["amount"]))
    minutes = int(str(line["minutes"]))
    billable = line["billing_class"] == "billable"
    charged = int((amount * _HOUR / rate).to_integral_value()) if billable and rate >= 1 else minutes
    kept = {name: value for name, value in line.items() if name != "hours"}
    more = {"charged": charged if billable else 0, "list_value": str((rate * minutes / _HOUR).quantize(_CENT))}
    band = _BANDS.get(str(line.get("hours")))
    return {**kept, **more} if band is None else {**kept, **more, "band": band}


UPCASTERS: dict[str, Upcaster] = {
    "desk.billing.time-rated.v1": Upcaster("desk.billing.time-rated.v2", _with_bands),
    "desk.billing.unbilled-labour-flagged.v1": Upcaster(
        "desk.billing.unbilled-labour-flagged.v2", _renamed(age_days="age")
    ),
}
