"""Labour and its rating as billing's facts have them: an entry, the lines of its rating, minutes by class."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from desk.contract.event import Text

BillingClass = Literal["billable", "covered", "non-billable"]


class Labour(msgspec.Struct, frozen=True):
    """One stretch of work. `minutes` is the time worked between `start` and `end`, without breaks."""

    technician: str
    start: datetime
    end: datetime
    minutes: int
    role: str
    work_type: str
    source: Literal["psa", "desk", "session"]
    billable: str = ""
    note: Text = ""


class RateFactor(msgspec.Struct, frozen=True):
    """A factor of the rate other than 1, with the band or the work type that has it."""

    name: str
    factor: Decimal


class RatedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of an entry under one band, one rule and one rate, which is per hour and has its `factors`.

    `minutes` are worked, `charged` after rounding; `list_value` is what the worked minutes cost at the rate, whatever
    their class. `calendar` (id, version and zone) has the bands; `band` is empty when a person rated.
    `source`: what the rule belongs to. `reason`: why the line is not billable. `day` is that of the zone.
    `versions`: the other documents that rated it. `agreement_version` is that of the client's agreement in the PSA.
    """

    minutes: int
    charged: int
    billing_class: BillingClass
    rule: str
    rate: Decimal
    amount: Decimal
    list_value: Decimal
    currency: str
    calendar: str
    agreement: str | None = None
    agreement_version: str = ""
    day: date | None = None
    band: str = ""
    source: str = ""
    reason: str = ""
    factors: tuple[RateFactor, ...] = ()
    versions: tuple[str, ...] = ()


class BillableSplit(msgspec.Struct, frozen=True):
    """Minutes by billing class."""

    billable: int = 0
    covered: int = 0
    non_billable: int = 0
