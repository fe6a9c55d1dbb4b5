"""Billing rules: the class of labour, and how a unit of labour is rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from desk.calendars.problems import Fault
from desk.decision.policies.document import RECORDED, Code, Document
from desk.decision.policies.labour.conditions import Conditions
from desk.decision.policies.labour.values import Amount, Day, Priority, WholeMinutes

Class = Literal["billable", "covered", "prepaid", "non-billable", "time-unmatched"]
Unit = Literal["entry", "session", "ticket", "ticket-day"]
Direction = Literal["up", "nearest", "down"]
Step = Annotated[int, Field(ge=1, le=1440, strict=True)]
Second = Literal["bill", "half", "none"]
SamePerson = Literal["both", "once"]
Allocation = Literal["work", "recorded"]


class Rule(Document):
    """Labour that meets every condition gets the class `then`; `reason` (default: the name) is for non-billable lines.

    `first_minutes`: the rule takes only so many minutes of each entry; the others fall to the next rule.
    A rule that names a client is a client rule, which precedes the others.
    """

    name: Code
    when: Conditions = {}
    then: Literal["billable", "covered", "prepaid", "non-billable"]
    reason: Annotated[str, Field(max_length=100)] = ""
    priority: Priority = 0
    first_minutes: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None


class Outcome(Document):
    """The class that an option of the PSA gives to its entries."""

    then: Literal["billable", "covered", "prepaid", "non-billable"]
    reason: Annotated[str, Field(max_length=100)] = ""


class Rounding(Document):
    """How the chargeable minutes of a unit are rounded. A field left out is the one of the billing rules."""

    unit: Unit | None = None
    step: Step | None = None
    direction: Direction | None = None
    minimum: WholeMinutes | None = None
    maximum: WholeMinutes | None = None
    call_out: WholeMinutes | None = None
    grace: WholeMinutes | None = None

    def over(self, other: Rounding) -> Rounding:
        """This one, with fields left out taken from the other."""
        own = self.model_dump(exclude_none=True)
        return Rounding.model_construct(**{**other.model_dump(), **own})

    @model_validator(mode="after")
    def _sound(self) -> Rounding:
        if self.maximum is not None and self.maximum < (self.minimum or 0):
            raise Fault("it is below the minimum", "raise the maximum or lower the minimum", field="maximum")
        return self


DEFAULT_ROUNDING = Rounding(unit="entry", step=1, direction="up", minimum=0, call_out=0, grace=0)


class TripFee(Document):
    """Labour that meets the conditions costs the fee once per person, ticket and day, in place of its hours."""

    name: Code
    when: Conditions
    fee: Amount


def _options(value: object) -> object:
    return {key.casefold(): one for key, one in value.items()} if isinstance(value, Mapping) else value


OPTIONS: Mapping[str, Outcome] = {
    "donotbill": Outcome(then="non-billable", reason="by-entry"),
    "nocharge": Outcome(then="non-billable", reason="no-charge"),
    "billable": Outcome(then="billable"),
}
"""Options of the PSA that decide without being named, in lower case."""


class BillingRules(Document):
    """The rules of the MSP. `closed_until`: the last day (UTC) of the closed periods.

    `rounding_minutes` marks the earlier form of the document: see `in_order`.
    """

    rounding_minutes: Step | None = None
    rounding: Rounding = Rounding()
    round_half: Literal["away", "even"] = "away"
    period: Literal["month", "week"] = "month"
    second: Second = "bill"
    same_person: SamePerson = "both"
    allocation: Allocation = "work"
    options: Annotated[dict[Code, Outcome], BeforeValidator(_options)] = {}
    trip_fees: tuple[TripFee, ...] = ()
    unbilled_after_business_days: Annotated[int, Field(ge=0, le=60)] = 5
    closed_until: Day | None = None
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _sound(self, info: ValidationInfo) -> BillingRules:
        if not self.rules:
            raise Fault("no rule", "write at least one rule", field="rules")
        if self.rounding_minutes is not None and self.rounding.step not in (None, self.rounding_minutes):
            raise Fault("rounding.step differs", "keep rounding.step", field="rounding_minutes")
        if info.context is not RECORDED:
            twice(self.rules, "rules")
        return self

    @property
    def in_order(self) -> bool:
        """Whether the document has the earlier form, with `rounding_minutes`: the first rule that matches decides, and
        options of the PSA decide by rules alone.
        """
        return self.rounding_minutes is not None

    @property
    def rounded(self) -> Rounding:
        """The rounding with every field but the maximum."""
        legacy = Rounding(step=self.rounding_minutes)
        return self.rounding.over(legacy).over(DEFAULT_ROUNDING)

    @property
    def last_closed_day(self) -> date | None:
        """The last day of the closed periods."""
        return self.closed_until


def twice(named: Sequence[Document], field: str) -> None:
    """Raise a Fault when two of them have one name."""
    names = [getattr(one, "name", "") for one in named]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Fault(f"{name!r} names two of them", "give each a name of its own", field=f"{field}.{number}.name")
