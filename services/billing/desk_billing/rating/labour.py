"""Labour to be rated, and its ticket, as plain values. Instants are UTC seconds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

Party = Literal["msp", "client-it", "vendor"]
Method = Literal["", "fixed-fee", "not-to-exceed"]


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The properties of a ticket that rating reads. `calendar` is that of the policy that was selected for it.

    `method` and `amount`: the billing method of the PSA; `rate`: its rate per hour; `option`: its billable option.
    """

    id: str
    client: str
    calendar: str = ""
    zone: str | None = None
    kind: str = "incident"
    tier: str = ""
    support_tier: str = ""
    agreement: str = ""
    merged_into: str = ""
    method: Method = ""
    amount: Decimal = Decimal(0)
    rate: Decimal | None = None
    option: str = ""
    after_hours_accepted: bool = False
    cancelled: bool = False


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """A rating by a person: the class, and the amount or the rate per hour. No rule, factor or rounding changes it."""

    then: Literal["billable", "covered", "non-billable"] = "billable"
    rate: Decimal | None = None
    amount: Decimal | None = None
    reason: str = "by-hand"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of labour. `minutes` is the time worked; `start` = `end` when the clock times are unknown.

    `seq` is the order of recording, which counts only for `allocation: recorded`.
    """

    id: str
    ticket: str
    technician: str
    start: int
    end: int
    minutes: int
    role: str = ""
    work_type: str = ""
    option: str = ""
    agreement: str = ""
    session: str = ""
    location: str = ""
    party: Party = "msp"
    rate: Decimal | None = None
    cycle: int = 1
    hand: ByHand | None = None
    seq: int = 0
    rev: int = 1

    @property
    def has_clock(self) -> bool:
        """Whether the times of the clock are recorded."""
        return self.end > self.start


Work = Mapping[str, tuple[Entry, ...]]
"""Entries by ticket."""


def canonical(entry: Entry) -> tuple[int, str]:
    """The order in which labour counts: by the start of the work, then by id."""
    return entry.start, entry.id
