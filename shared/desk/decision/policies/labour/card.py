"""The rate card: rates by role, the factors of bands and work types, and the named bands outside business hours."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from desk.calendars.calendar_document import DAYS, Windows
from desk.calendars.calendar_document import Day as Weekday
from desk.calendars.problems import Fault
from desk.decision.policies.document import Code, Document
from desk.decision.policies.labour.conditions import BANDS
from desk.decision.policies.labour.values import Currency, Factor, Rate

BUSINESS, AFTER_HOURS, HOLIDAY = "business", "after-hours", "holiday"
FIXED_BANDS = (BUSINESS, AFTER_HOURS, HOLIDAY)
ALL = "all"


def _bands(value: object) -> object:
    """A factor alone is short for `{times: FACTOR}`."""
    if not isinstance(value, Mapping):
        return value
    return {BANDS.get(key, key): one if isinstance(one, Mapping) else {"times": one} for key, one in value.items()}


def _by_band(value: object) -> object:
    """A rate alone is the rate of every band; by band, `business-hours` is read as `business`."""
    if isinstance(value, Mapping):
        return {BANDS.get(key, key): one for key, one in value.items()}
    return {ALL: value}


class Band(Document):
    """A band's factor. A named band has the windows of the days on which it applies, outside business hours."""

    times: Factor = Decimal(1)
    windows: Windows = ()
    days: tuple[Weekday, ...] = DAYS


class WorkType(Document):
    """The factor of a type of work: a premium above 1, a reduction below."""

    times: Factor


def _work_types(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {key: one if isinstance(one, Mapping) else {"times": one} for key, one in value.items()}


class RateCard(Document):
    """Rates per hour by role; `all` is the rate of every other role. With `client`, the card of that client.

    `compose`: the highest premium times the deepest reduction, the product, or the sum of the premiums.
    """

    client: Code | None = None
    currency: Currency
    default_role: Code
    roles: dict[Code, Annotated[dict[Code, Rate], BeforeValidator(_by_band)]] = Field(min_length=1)
    bands: Annotated[dict[Code, Band], BeforeValidator(_bands)] = {}
    work_types: Annotated[dict[Code, WorkType], BeforeValidator(_work_types)] = {}
    compose: Literal["max", "product", "sum"] = "max"

    @model_validator(mode="after")
    def _whole(self) -> RateCard:
        names = {role.casefold() for role in self.roles}
        if len(names) < len(self.roles):
            raise Fault("two roles differ only in upper and lower case", "keep one", field="roles")
        if self.default_role.casefold() not in names and ALL not in names:
            raise Fault(f"{self.default_role!r} has no rates", "add it to roles", field="default_role")
        for name, band in self.bands.items():
            if (name in FIXED_BANDS) == bool(band.windows):
                raise Fault(
                    f"{name} {'has windows' if band.windows else 'has no windows'}",
                    f"give windows to bands of your own, and none to {', '.join(FIXED_BANDS)}",
                    field=f"bands.{name}",
                )
        for role, rates in self.roles.items():
            for band_name in set(rates) - {ALL, *FIXED_BANDS, *self.bands}:
                raise Fault(
                    f"unknown band {band_name!r}", "add it to bands", field=f"roles.{role}", code="unknown_band"
                )
        return self

    def rates_of(self, role: str) -> Mapping[str, Decimal]:
        """The role's rates by band, without regard to case; those of `all` for a role that is not named; else none."""
        wanted = role.casefold()
        found = {name.casefold(): rates for name, rates in self.roles.items()}
        return found.get(wanted) or found.get(ALL, {})
