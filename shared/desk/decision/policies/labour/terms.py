"""Terms of an agreement: labour that it covers or excludes, its rates, rounding, overage, cap and payers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from desk.calendars.problems import Fault
from desk.decision.policies.document import Code, Document
from desk.decision.policies.labour.conditions import Conditions
from desk.decision.policies.labour.rules import Allocation, Rounding, SamePerson, Second, TripFee, twice
from desk.decision.policies.labour.values import Added, Amount, Currency, Day, Factor, Priority, Rate, Share


class Inclusion(Document):
    """Labour that the agreement covers, or pays from its pools (`prepaid`)."""

    name: Code
    when: Conditions = {}
    then: Literal["covered", "prepaid", "non-billable"] = "covered"
    reason: Annotated[str, Field(max_length=100)] = ""
    priority: Priority = 0
    first_minutes: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None


class Destination(Document):
    """The agreement or the pool that excluded labour falls to."""

    agreement: Code | None = None
    pool: Code | None = None

    @model_validator(mode="after")
    def _one(self) -> Destination:
        if (self.agreement is None) == (self.pool is None):
            raise Fault("no single destination", "write billable, {agreement: ID} or {pool: ID}")
        return self


class Exclusion(Document):
    """Labour that the agreement does not cover, and where it falls."""

    name: Code
    when: Conditions
    to: Literal["billable"] | Destination = "billable"
    priority: Priority = 0
    first_minutes: None = None


class TermsRate(Document):
    """A rate of the agreement for a role and a work type, for one of them, or for all: `rate`, `add` or `times`."""

    role: Code | None = None
    work_type: Code | None = None
    rate: Rate | None = None
    add: Added | None = None
    times: Factor | None = None

    @model_validator(mode="after")
    def _one(self) -> TermsRate:
        if sum(value is not None for value in (self.rate, self.add, self.times)) != 1:
            raise Fault("no single way to find the rate", "write one of rate, add, times")
        return self


class Cap(Document):
    """Not to exceed: beyond the amount, labour is not billable."""

    amount: Amount
    per: Literal["ticket", "period"] = "ticket"


class Payer(Document):
    """A client that pays a share; shares are relative to each other."""

    client: Code
    share: Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class Terms(Document):
    """Terms of one agreement from day `from` to day `to` (exclusive), in the client's zone."""

    model_config = ConfigDict(populate_by_name=True)

    agreement: Code
    client: Code
    start: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    default: bool = False
    priority: Priority = 0
    covers: tuple[Inclusion, ...] = ()
    excludes: tuple[Exclusion, ...] = ()
    rates: tuple[TermsRate, ...] = ()
    currency: Currency | None = None
    accept_entry_rate: bool = False
    overage_rate: Rate | None = None
    overage_bands: bool = False
    overage_weighted: bool = False
    draw: Literal["charged", "worked"] = "charged"
    allocation: Allocation | None = None
    rounding: Rounding = Rounding()
    second: Second | None = None
    same_person: SamePerson | None = None
    cap: Cap | None = None
    trip_fees: tuple[TripFee, ...] = ()
    payers: tuple[Payer, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Terms:
        if self.start is not None and self.to is not None and self.to <= self.start:
            raise Fault(f"{self.to} is not after {self.start}", "end the terms after they begin", field="to")
        twice(self.covers, "covers")
        twice(self.excludes, "excludes")
        keys = [(one.role, one.work_type) for one in self.rates]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise Fault("a second rate for one role and work type", "keep one", field=f"rates.{number}")
        return self


class Rollover(Document):
    """The unused part that a pool keeps for some more periods: a share of it, at most `cap` (in the pool's unit)."""

    share: Share = Decimal(1)
    cap: Amount | None = None
    periods: Annotated[int, Field(ge=1, le=60, strict=True)] = 1


class Burn(Document):
    """Factors by which labour uses up minutes of a pool. The highest one that applies counts."""

    roles: dict[Code, Factor] = {}
    work_types: dict[Code, Factor] = {}
    bands: dict[Code, Factor] = {}


class Pool(Document):
    """A prepaid grant: hours, minutes, money or tickets, usable from day `from` to day `to` (exclusive)."""

    model_config = ConfigDict(populate_by_name=True)

    id: Code
    client: Code
    agreement: Code | None = None
    unit: Literal["hours", "minutes", "money", "tickets"] = "minutes"
    quantity: Amount
    currency: Currency | None = None
    start: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    scope: Conditions = {}
    priority: Priority = 0
    floor: Added = Decimal(0)
    paid_first: bool = False
    paid: bool = True
    low_water: tuple[Annotated[int, Field(ge=1, le=100, strict=True)], ...] = ()
    burn: Burn = Burn()
    rollover: Rollover | None = None

    @model_validator(mode="after")
    def _sound(self) -> Pool:
        if self.start is not None and self.to is not None and self.to <= self.start:
            fault = f"the pool expires on {self.to}, before it begins on {self.start}"
            raise Fault(fault, "choose a day after from", field="to", code="expires_before_it_begins")
        if (self.unit == "money") != (self.currency is not None):
            raise Fault("only a pool of money has a currency", "write currency for unit money alone", field="currency")
        if self.unit in ("tickets", "minutes") and self.quantity != int(self.quantity):
            raise Fault(f"{self.quantity} {self.unit}", "write a whole number", field="quantity")
        if self.unit == "hours" and self.quantity * 60 != int(self.quantity * 60):
            raise Fault(f"{self.quantity} hours are no whole minutes", "write whole minutes", field="quantity")
        if self.floor > 0:
            raise Fault(f"a floor of {self.floor}", "write 0, or how far below zero the pool may go", field="floor")
        if self.burn != Burn() and self.unit not in ("hours", "minutes"):
            raise Fault("only minutes burn by a factor", "leave burn out", field="burn")
        if self.rollover is not None and self.to is None:
            raise Fault("a pool without an end keeps everything", "set to, or leave rollover out", field="rollover")
        return self
