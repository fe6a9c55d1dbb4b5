"""The comparison of our labour with what the PSA says about it, per entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from desk_billing.rating.lifecycle.account import Account
from desk_billing.rating.line import CHARGEABLE

Verdict = Literal["agrees", "minutes", "amount", "class", "only-here", "only-there", "status-ahead"]


class PsaTime(msgspec.Struct, frozen=True):
    """An entry in the PSA. Hours and the amount have the digits that the PSA wrote; None is not said.

    `billable`: whether the PSA charges for it. `invoice`: the number of its invoice, empty without one.
    """

    entry: str
    hours: Decimal | None = None
    billed_hours: Decimal | None = None
    amount: Decimal | None = None
    billable: bool | None = None
    invoice: str = ""


class Compared(msgspec.Struct, frozen=True):
    """One difference, or none. `minutes` and `amount` are the PSA's less ours; `proposal` is a command."""

    entry: str
    verdict: Verdict
    minutes: int = 0
    amount: Decimal = Decimal(0)
    proposal: str = ""


def compare(accounts: Mapping[str, Account], theirs: Sequence[PsaTime]) -> list[Compared]:
    """Every entry here or there, by id. An entry can differ in several respects; one that does not, agrees.

    `only-there` is an entry that is not here, or an invoice that is not recorded here: then it proposes to record it.
    `status-ahead`: invoiced here, and not in the PSA.
    """
    there = {one.entry: one for one in theirs}
    found: list[Compared] = []
    for name in sorted({*accounts, *there}):
        account, other = accounts.get(name), there.get(name)
        if account is None or not account.recorded:
            found += [Compared(name, "only-there")] if other is not None else []
        elif other is None:
            found.append(Compared(name, "only-here"))
        else:
            found += list(_differences(account, other)) or [Compared(name, "agrees")]
    return found


def _differences(account: Account, other: PsaTime) -> Iterator[Compared]:
    name, lines = account.entry, account.recorded
    charged = sum(line.charged for line in lines if line.billing_class in CHARGEABLE)
    hours, ours = (other.hours, account.minutes) if other.billed_hours is None else (other.billed_hours, charged)
    if hours is not None and not _near(hours, Fraction(ours, 60)):
        yield Compared(name, "minutes", minutes=round(Fraction(hours) * 60) - ours)
    if other.amount is not None and not _near(other.amount, Fraction(account.value)):
        yield Compared(name, "amount", amount=other.amount - account.value)
    if other.billable is not None and other.billable != any(line.billing_class in CHARGEABLE for line in lines):
        yield Compared(name, "class")
    if other.invoice and not account.all_invoiced:
        yield Compared(name, "only-there", proposal="record-invoice")
    elif account.invoices and not other.invoice:
        yield Compared(name, "status-ahead")


def _near(theirs: Decimal, ours: Fraction) -> bool:
    """Whether the figures are equal within half of the last digit of the PSA, which is the second decimal or finer.

    JSON drops zeros at the end: 0.5 stands for 0.50.
    """
    exponent = theirs.as_tuple().exponent
    digit = Fraction(1, 10 ** max(2, -exponent if isinstance(exponent, int) else 0))
    return abs(Fraction(theirs) - ours) <= digit / 2
