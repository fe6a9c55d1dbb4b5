"""Billing's facts. Times in UTC, labour in whole minutes, money as decimals in the agreement's currency (ISO 4217)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from desk.contract.event import CycleRule, Payload, Spec, Text
from desk.contract.ticket.billing.labour import BillableSplit as BillableSplit
from desk.contract.ticket.billing.labour import BillingClass as BillingClass
from desk.contract.ticket.billing.labour import Labour as Labour
from desk.contract.ticket.billing.labour import RatedLine as RatedLine
from desk.contract.ticket.billing.labour import RateFactor as RateFactor

Doubt = Literal["too-early", "future", "too-long"]


class TimeLogged(Payload, frozen=True, kw_only=True):
    """Labour was logged; `entry` is the PSA's entry id or our own, `rev` counts its revisions.

    `reason`: why it was late.
    """

    spec = Spec("billing", ("entry", "rev"))
    entry: str
    rev: int
    labour: Labour
    reason: Text = ""


class TimeHeld(Payload, frozen=True, kw_only=True):
    """An implausible entry of the PSA was held: it is not rated or billed until corrected there or accepted here."""

    spec = Spec("billing", ("entry", "rev"))
    entry: str
    rev: int
    labour: Labour
    why: Doubt


class TimeCorrected(Payload, frozen=True, kw_only=True):
    """The entry was corrected; `reason`: why it was late."""

    spec = Spec("billing", ("entry", "rev"))
    entry: str
    rev: int
    labour: Labour
    reason: Text = ""


class TimeRemoved(Payload, frozen=True, kw_only=True):
    """The entry was deleted at its source."""

    spec = Spec("billing", ("entry", "rev"))
    entry: str
    rev: int
    reason: str


class TimeMoved(Payload, frozen=True, kw_only=True):
    """The entry was moved to the ticket `other`, or came from it: one fact on each, in one transaction."""

    spec = Spec("billing", ("entry", "rev"))
    entry: str
    rev: int
    direction: Literal["out", "in"]
    other: str
    labour: Labour


class TimeRated(Payload, frozen=True, kw_only=True):
    """A revision of an entry was rated, line by line; rating it again makes a new `rating`."""

    spec = Spec("billing", ("entry", "rev", "rating"), version=2)
    entry: str
    rev: int
    rating: int
    lines: tuple[RatedLine, ...]
    by: str = ""
    reason: Text = ""


class TimeUnmatched(Payload, frozen=True, kw_only=True):
    """No rule, agreement or rate matches the entry: a person must rate it; `why` is a code."""

    spec = Spec("billing", ("entry", "rev", "rating"))
    entry: str
    rev: int
    rating: int
    why: str


class TimeConfirmed(Payload, frozen=True, kw_only=True):
    """Step 19: the time was confirmed. `set_hash` identifies entries and revisions; an empty set needs a reason.

    `bill_by`: billable labour that is unbilled then is flagged.
    """

    spec = Spec("billing", ("cycle", "set_hash"), CycleRule.ALWAYS)
    set_hash: str
    by: str
    split: BillableSplit
    zero_reason: str = ""
    bill_by: datetime | None = None


class UnbilledLabourFlagged(Payload, frozen=True, kw_only=True):
    """Obligation: rated labour is unbilled; `age_days` are calendar days since the oldest entry, `why` is a code."""

    spec = Spec("billing", ("set_hash",), version=2)
    set_hash: str
    entries: tuple[str, ...]
    amount: Decimal
    currency: str
    age_days: int
    why: str


class UnbilledLabourCleared(Payload, frozen=True, kw_only=True):
    """The flagged labour was invoiced, written off, or is not billable; `why` is a code."""

    spec = Spec("billing", ("set_hash",))
    set_hash: str
    why: str


class TimeInvoiced(Payload, frozen=True, kw_only=True):
    """The entry was invoiced."""

    spec = Spec("billing", ("entry", "rev"))
    entry: str
    rev: int
    invoice: str


class TimeWrittenOff(Payload, frozen=True, kw_only=True):
    """The entry was written off: it will never be invoiced."""

    spec = Spec("billing", ("entry", "rev"))
    entry: str
    rev: int
    by: str
    reason: Text


FACTS: tuple[type[Payload], ...] = (
    TimeLogged,
    TimeHeld,
    TimeCorrected,
    TimeRemoved,
    TimeMoved,
    TimeRated,
    TimeUnmatched,
    TimeConfirmed,
    UnbilledLabourFlagged,
    UnbilledLabourCleared,
    TimeInvoiced,
    TimeWrittenOff,
)
