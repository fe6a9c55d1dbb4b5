"""Step 7: fees that are charged once, and amounts that are not to be exceeded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from desk_billing.rating.line import Line
from desk_billing.rating.steps.classify import BY_METHOD
from desk_billing.rating.steps.demands import Pin, most
from desk_billing.rating.steps.money import price, rounded_amount

Key = tuple[str, ...]


def with_fees_and_caps(lines: Sequence[Line], pins: Mapping[str, Pin]) -> list[Line]:
    """The priced lines with fees once each, cut where a cap is reached. Entries that are final come first."""
    charged = _with_fees(lines, pins)
    limited = [at for at, line in enumerate(charged) if line.billing_class == "billable" and _limits(line)]
    spent: dict[Key, Decimal] = {}
    parts: dict[int, list[Line]] = {}
    for at in sorted(limited, key=lambda at: (_amount_of(pins, charged[at]) is None, at)):
        parts[at] = _limited(charged[at], spent)
    return [part for at, line in enumerate(charged) for part in parts.get(at, [line])]


def _amount_of(pins: Mapping[str, Pin], line: Line) -> Decimal | None:
    pin = pins.get(line.entry.id)
    return pin.amount if pin is not None else None


def _fee(line: Line) -> tuple[Key, Decimal] | None:
    """The fee of a line, and the key under which it is charged once."""
    if line.billing_class != "billable":
        return None
    if line.verdict.source == BY_METHOD:
        return ("fixed", line.ticket.id), line.ticket.amount
    if line.fee is not None:
        return ("trip", line.entry.technician.casefold(), line.ticket.id, line.day), line.fee
    return None


def _with_fees(lines: Sequence[Line], pins: Mapping[str, Pin]) -> list[Line]:
    """Lines of a fee: the amount on the first of each key, or on the one that was invoiced; nothing on the others."""
    first: dict[Key, tuple[bool, int]] = {}
    fees = [_fee(line) for line in lines]
    for at, fee in enumerate(fees):
        if fee is not None:
            pin = pins.get(lines[at].entry.id)
            rank = (pin is None or not pin.fee, at)
            first[fee[0]] = min(first.get(fee[0], rank), rank)
    found = []
    for at, (line, fee) in enumerate(zip(lines, fees, strict=True)):
        if fee is None:
            found.append(line)
            continue
        value = Fraction(fee[1]) if first[fee[0]][1] == at else Fraction(0)
        amount = rounded_amount(value, line.quote.currency, line.setting.rules.round_half)
        note = f"fee {fee[0][0]}: {'charged here' if value else 'charged elsewhere'}"
        found.append(replace(line, amount=amount, fee=fee[1], rate=Fraction(0), notes=(*line.notes, note)))
    return found


def _limits(line: Line) -> list[tuple[Key, Decimal]]:
    """The caps on a line: that of its ticket in the PSA, and that of its agreement."""
    found: list[tuple[Key, Decimal]] = []
    if line.ticket.method == "not-to-exceed":
        found.append((("ticket", line.ticket.id), line.ticket.amount))
    terms = line.verdict.terms
    if terms is not None and terms.cap is not None:
        place = line.ticket.id if terms.cap.per == "ticket" else line.period
        found.append((("agreement", terms.agreement, terms.cap.per, place), terms.cap.amount))
    return found


def _limited(line: Line, spent: dict[Key, Decimal]) -> list[Line]:
    """The line, or its billable part up to the caps and the rest that is not billable."""
    limits = _limits(line)
    room = min(amount - spent.get(key, Decimal(0)) for key, amount in limits)
    parts = [line] if line.amount <= room or line.entry.hand is not None else _cut(line, max(room, Decimal(0)))
    for key, _ in limits:
        spent[key] = spent.get(key, Decimal(0)) + sum((part.value for part in parts), Decimal(0))
    return parts


def _cut(line: Line, room: Decimal) -> list[Line]:
    currency, half = line.quote.currency, line.setting.rules.round_half
    rate = line.rate or Fraction(0)

    def amount(minutes: int) -> Decimal:
        return rounded_amount(price(rate, minutes), currency, half)

    charged = 0 if line.fee is not None else most(line.charged, lambda count: amount(count) <= room)
    worked = min(line.minutes, charged)
    note = f"capped: {room} {currency} were left"
    none = rounded_amount(Fraction(0), currency, half)
    beyond = replace(
        line,
        minutes=line.minutes - worked,
        charged=0,
        billing_class="non-billable",
        reason="cap",
        amount=none,
        notes=(*line.notes, note),
    )
    if charged == 0:
        return [beyond]
    kept = replace(line, minutes=worked, charged=charged, amount=amount(charged), notes=(*line.notes, note))
    return [kept, beyond] if beyond.minutes else [kept]
