"""Refuses overlapping time of one person, unless the command accepts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from desk.contract.ticket.billing.facts import Labour
from desk.contract.ticket.ticket import Ticket
from desk.decision.refusal import Refusal


class Stretch(NamedTuple):
    """The time of one person in an entry."""

    entry: str
    technician: str
    start: datetime
    end: datetime


def ensure_apart(labour: Labour, entry: str | None, anyway: bool, ticket: Ticket, elsewhere: Iterable[Stretch]) -> None:
    """Refuse labour that overlaps with another live entry of the same person, here or on another ticket."""
    if anyway:
        return
    worked = {s.entry: s for s in (*_here(ticket), *elsewhere) if s.entry != entry}
    who = labour.technician.casefold()
    found = [s for s in worked.values() if s.technician.casefold() == who and _meet(s, labour)]
    if found:
        first = min(found, key=lambda s: s.start)
        detail = f"{labour.technician} has time from {first.start.isoformat()} to {first.end.isoformat()} already."
        remedy = "Correct one of the two, or send it with anyway: true."
        raise Refusal("overlap", detail, remedy=remedy, entries=[s.entry for s in found])


def _here(ticket: Ticket) -> Iterator[Stretch]:
    for entry in ticket.billing.live:
        yield Stretch(entry.entry, entry.labour.technician, entry.labour.start, entry.labour.end)


def _meet(stretch: Stretch, labour: Labour) -> bool:
    return stretch.start < labour.end and labour.start < stretch.end
