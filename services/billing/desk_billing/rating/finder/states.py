"""The state of every minute of labour: ten states of labour that is on no invoice, and `invoiced` or `settled`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec
from msgspec.structs import replace

from desk_billing.rating.lifecycle.account import ZERO, Account, WriteOff
from desk_billing.rating.line import Line
from desk_billing.rating.steps.money import price, rounded_amount

State = Literal[
    "no-entry",
    "ended-without-entry",
    "unrated",
    "unconfirmed",
    "not-exported",
    "not-in-accounts",
    "adjustment-open",
    "no-consent",
    "written-off",
    "no-reason",
    "invoiced",
    "settled",
]
"""In the order of the list: of a session without an entry, of one on an ended ticket without any entry, and so on.

`settled`: covered, prepaid, or not billable for a reason."""
OPEN: tuple[State, ...] = ("unconfirmed", "not-exported", "not-in-accounts", "adjustment-open", "no-consent")
"""States whose amounts add up to the open amount of an account."""


class Found(msgspec.Struct, frozen=True):
    """Minutes in one state. `amount` is what they are worth at their rate; `code` is that of a write-off.

    `day` is that of the work, in the zone of the ticket, as ISO 8601. `currency` is empty for labour without a rate.
    """

    state: State
    client: str
    ticket: str
    technician: str
    entry: str
    day: str
    minutes: int
    amount: Decimal = ZERO
    currency: str = ""
    code: str = ""


class Progress(msgspec.Struct, frozen=True):
    """How far entries have come, by id: not confirmed by a person, and handed over to the accounts."""

    unconfirmed: Collection[str] = ()
    exported: Collection[str] = ()


def states(accounts: Mapping[str, Account], progress: Progress) -> Iterator[Found]:
    """The states of all logged minutes. Their minutes add up to the minutes of the accounts."""
    for account in accounts.values():
        yield from _of_account(account, progress)


def _of_account(account: Account, progress: Progress) -> Iterator[Found]:
    parts = list(_parts(account, progress))
    for off in account.written_off:
        states = ("invoiced",) if off.invoice else OPEN
        if any(one.state in states for one in parts):
            parts = _written_off(off, parts, states)
    yield from (one for one in parts if one.minutes or one.amount)


def _parts(account: Account, progress: Progress) -> Iterator[Found]:
    """The lines and adjustments of an entry, as if nothing of it were written off."""
    for at, line in enumerate(account.recorded):
        yield _found("invoiced" if at in account.invoices and line.value else _state(line, progress), account, line)
    base = next(iter(account.recorded or account.present), None)
    if base is None:  # no line before and none now: adjustments, if any, cancel out
        return
    for one in account.adjustments:
        state: State = "invoiced" if one.invoice else "adjustment-open"
        of = _found(state, account, base)
        yield replace(of, client=one.client, minutes=one.minutes, amount=one.amount, currency=one.currency)


def _found(state: State, account: Account, line: Line) -> Found:
    entry = line.entry
    where = (account.client, entry.ticket, entry.technician, entry.id, line.day)
    return Found(state, *where, line.minutes, listed(line), line.quote.currency)


def _written_off(off: WriteOff, parts: Sequence[Found], states: Collection[State]) -> list[Found]:
    """The parts with a write-off, which takes from those in the states. Minutes of one by amount are in proportion."""
    lines = [one for one in parts if one.state in states and one.state != "adjustment-open"]
    whole = sum(one.minutes for one in lines)
    worth = sum((one.amount for one in parts if one.state in states), ZERO)
    share = round(Fraction(off.amount) / Fraction(worth) * whole) if worth else 0
    minutes, amount = min(off.minutes or share, whole), rounded_amount(Fraction(off.amount), parts[0].currency)
    base = next(one for one in parts if one.state in states)
    found = [replace(base, state="written-off", minutes=minutes, amount=amount, code=off.code)]
    for one in parts:
        less, less_amount = 0, ZERO
        if one.state in states:
            less = min(minutes, one.minutes) if one.state != "adjustment-open" else 0
            less_amount = min(amount, max(ZERO, one.amount))
        minutes, amount = minutes - less, amount - less_amount
        found.append(replace(one, minutes=one.minutes - less, amount=one.amount - less_amount))
    return found


def _state(line: Line, progress: Progress) -> State:
    if line.billing_class == "time-unmatched":
        return "unrated"
    if line.billing_class != "billable":
        return "no-reason" if line.billing_class == "non-billable" and not line.reason else "settled"
    if "no-consent" in line.flags:
        return "no-consent"
    if line.entry.id in progress.unconfirmed:
        return "unconfirmed"
    return "not-in-accounts" if line.entry.id in progress.exported else "not-exported"


def listed(line: Line) -> Decimal:
    """The value of a line: its amount if it is billable, else its worked minutes at its rate; 0 without a rate."""
    priced = line.billing_class == "billable" or line.quote.rate is None
    worth = Fraction(line.value) if priced else price(line.quote.rate or Fraction(0), line.minutes)
    return rounded_amount(worth, line.quote.currency, line.setting.rules.round_half)
