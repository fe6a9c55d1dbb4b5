"""The items of a batch: the open labour of a client and period, each with a quantity, a price and an amount."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from desk.decision.policies.labour.currencies import minor_unit
from desk_billing.rating.lifecycle.account import Account
from desk_billing.rating.lifecycle.ledger import Ledger
from desk_billing.rating.lifecycle.periods import first_open
from desk_billing.rating.line import Line
from desk_billing.rating.steps.money import Half, decimals, round_units, rounded_amount, shares

QUANTITY_DIGITS = 4


class Item(msgspec.Struct, frozen=True):
    """One line of an invoice. `quantity` x `rate` rounds to `amount`; `day` is that of the work, as ISO 8601."""

    entry: str
    ticket: str
    technician: str
    day: str
    text: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    currency: str


def priced(minutes: int, rate: Fraction | None, amount: Decimal, currency: str, half: Half) -> tuple[Decimal, Decimal]:
    """Quantity and price of an amount: hours to 4 decimals at the rate when their product rounds to it, else 1 of it.

    A rate that has more decimals than 4 cannot be written, and is 1 of the amount, too.
    """
    hours = decimals(round_units(Fraction(minutes, 60), QUANTITY_DIGITS), QUANTITY_DIGITS)
    if rate is not None and (rate * 10**QUANTITY_DIGITS).denominator == 1:
        digits = minor_unit(currency)
        while (rate * 10**digits).denominator != 1:
            digits += 1
        if minutes > 0 and rounded_amount(Fraction(hours) * rate, currency, half) == amount:
            return hours, decimals(round_units(rate, digits), digits)
    return Decimal(1), amount


def clock(minutes: int) -> str:
    """Minutes as `h:mm`, e.g. `0:10` or `-1:30`."""
    hours, left = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hours}:{left:02}"


class Due(msgspec.Struct, frozen=True):
    """An item, with the client that is to be invoiced for it, and the billing period in which it is."""

    client: str
    period: str
    item: Item


def due(ledger: Ledger, unconfirmed: Collection[str] = ()) -> list[Due]:
    """List the open lines and open adjustments that are to be invoiced, in order of the work.

    Labour of a closed period, and adjustments to it, are billed in the first open one. An entry that is in part written
    off is one item of what is left. Of labour with payers, each has a share. Left out: entries that are not confirmed.
    """
    found: list[tuple[Line, Due]] = []
    for account in ledger.accounts.values():
        if account.entry in unconfirmed:
            continue
        for owner, line, item in _left(account) if account.written_off else _open(account):
            period = first_open(line.period, ledger.closed.get(owner, ()))
            found += [(line, Due(client, period, part)) for client, part in _parts(item, line, owner) if part.amount]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0].entry.start, pair[0].entry.id))]


def _open(account: Account) -> Iterator[tuple[str, Line, Item]]:
    """The client, the line and the item of each open line and adjustment."""
    for at, line in enumerate(account.recorded):
        if at not in account.invoices and line.value:
            yield account.client, line, _item(line)
    for line in (account.recorded or account.present)[:1]:
        for one in account.adjustments:
            if not one.invoice:
                text = f"adjustment {one.number} ({one.cause}), {clock(one.minutes)}"
                yield one.client, line, _whole(line, text, one.amount)


def _left(account: Account) -> Iterator[tuple[str, Line, Item]]:
    """The rest of an entry after a write-off."""
    for line in account.recorded[:1]:
        yield account.client, line, _whole(line, "labour after a write-off", account.open)


def _item(line: Line) -> Item:
    half, currency, entry = line.setting.rules.round_half, line.quote.currency, line.entry
    quantity, rate = priced(line.charged, line.rate, line.amount, currency, half)
    work = " ".join(part for part in (entry.work_type, line.band) if part)
    text = f"{entry.ticket}: {work}, {clock(line.charged)}"
    return Item(entry.id, entry.ticket, entry.technician, line.day, text, quantity, rate, line.amount, currency)


def _whole(line: Line, text: str, amount: Decimal) -> Item:
    """One piece of an amount; below zero, one piece less."""
    entry, one = line.entry, Decimal(-1 if amount < 0 else 1)
    where = (entry.id, entry.ticket, entry.technician, line.day)
    return Item(*where, f"{entry.ticket}: {text}", one, abs(amount), amount, line.quote.currency)


def _parts(item: Item, line: Line, owner: str) -> Iterator[tuple[str, Item]]:
    """The item for its client, or the share of each payer."""
    payers = line.verdict.terms.payers if line.verdict.terms is not None else ()
    if not payers:
        yield owner, item
        return
    weights = [payer.share for payer in payers]
    parts = shares(item.amount, weights, item.currency, line.setting.rules.round_half)
    for payer, part in zip(payers, parts, strict=True):
        yield payer.client, replace(_whole(line, "", part), text=f"{item.text}, share of {item.amount}")
