"""The list of unbilled labour by age of the work, and its totals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import get_args

import msgspec

from desk_billing.rating.bands import day_of
from desk_billing.rating.finder.missing import Session, missing
from desk_billing.rating.finder.states import Found, Progress, State, states
from desk_billing.rating.lifecycle.ledger import Ledger

AGES = ((7, "0-7"), (30, "8-30"), (60, "31-60"), (90, "61-90"))
OLDEST = "91+"
DONE: tuple[State, ...] = ("invoiced", "settled")
STATES: tuple[State, ...] = get_args(State)


class Total(msgspec.Struct, frozen=True):
    """Minutes of one state and age; `amount` in the currency of the key."""

    minutes: int
    amount: Decimal


def age_of(day: str, on: date) -> str:
    """The age in days, on the day `on`, of work done on `day` (ISO 8601), as a range. Later work is the youngest."""
    days = (on - date.fromisoformat(day)).days
    return next((name for most, name in AGES if days <= most), OLDEST)


def find(ledger: Ledger, sessions: Iterable[Session], ended: Collection[str], progress: Progress) -> list[Found]:
    """All labour with its state, by state and day of the work.

    `ended`: tickets that ended without any entry and without a reason for zero time.
    """
    world = ledger.world
    found = [*states(ledger.accounts, progress)]
    with_entries = {entry.ticket for entry in world.entries.values()}
    for one in missing(sessions, list(world.entries.values())):
        ticket = world.tickets[one.ticket]
        zone = ticket.zone or world.calendars[ticket.calendar].zone
        gone = one.ticket in ended and one.ticket not in with_entries
        state: State = "ended-without-entry" if gone else "no-entry"
        day = day_of(zone, one.start).isoformat()
        found.append(Found(state, ticket.client, one.ticket, one.technician, "", day, one.minutes))
    return sorted(found, key=lambda one: (STATES.index(one.state), one.day, one.entry, one.ticket, one.technician))


def totals(found: Iterable[Found], on: date) -> Mapping[tuple[State, str, str], Total]:
    """Minutes and amount by state, age on the day `on`, and currency, without what is invoiced or settled."""
    by: dict[tuple[State, str, str], Total] = {}
    for one in found:
        if one.state not in DONE:
            key = one.state, age_of(one.day, on), one.currency
            before = by.get(key, Total(0, Decimal(0)))
            by[key] = Total(before.minutes + one.minutes, before.amount + one.amount)
    return by
