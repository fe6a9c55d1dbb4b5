"""Rates labour: steps 1 to 4 for each ticket, 5 to 7 for each client. Any order of the input gives the same lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec

from desk_billing.rating.book import Book
from desk_billing.rating.labour import Entry, Ticket, canonical
from desk_billing.rating.line import Line
from desk_billing.rating.overlap import Overlaps
from desk_billing.rating.steps.cut import Cutter
from desk_billing.rating.steps.demands import Pin
from desk_billing.rating.steps.settle import PoolState, Settlement, settle
from desk_billing.rating.steps.units import rounded


class Rated(msgspec.Struct, frozen=True):
    """The lines of every entry, in order, and the pools of every client."""

    lines: Mapping[str, tuple[Line, ...]]
    pools: Mapping[str, PoolState]


def rate_ticket(ticket: Ticket, entries: Iterable[Entry], book: Book, overlaps: Overlaps) -> list[Line]:
    """Steps 1 to 4 for the entries of one ticket."""
    cutter = Cutter(ticket, book, overlaps)
    return rounded([line for entry in sorted(entries, key=canonical) for line in cutter.lines(entry)])


def rate(
    tickets: Mapping[str, Ticket],
    entries: Sequence[Entry],
    book: Book,
    *,
    expired: Mapping[str, Fraction] = {},
    pins: Mapping[str, Pin] = {},
) -> Rated:
    """All steps for all clients. `expired` and `pins` are those of `settle`."""
    overlaps = Overlaps(entries)
    by_ticket: dict[str, list[Entry]] = {}
    for entry in entries:
        by_ticket.setdefault(entry.ticket, []).append(entry)
    by_client: dict[str, list[Line]] = {}
    for name, own in sorted(by_ticket.items()):
        ticket = tickets[name]
        by_client.setdefault(ticket.client, []).extend(rate_ticket(ticket, own, book, overlaps))
    roots = {name: root_of(name, tickets) for name in tickets}
    lines: dict[str, list[Line]] = {entry.id: [] for entry in entries}
    pools: dict[str, PoolState] = {}
    for client in sorted({*by_client, *(pool.client for pool in book.pools)}):
        done = _of_client(by_client.get(client, []), client, book, expired, pins, roots)
        pools.update(done.pools)
        for line in done.lines:
            lines[line.entry.id].append(line)
    return Rated({entry: tuple(own) for entry, own in lines.items()}, pools)


def _of_client(
    lines: Sequence[Line],
    client: str,
    book: Book,
    expired: Mapping[str, Fraction],
    pins: Mapping[str, Pin],
    roots: Mapping[str, str],
) -> Settlement:
    own = {line.entry.id for line in lines}
    mine = {entry: pin for entry, pin in pins.items() if entry in own}
    return settle(lines, book.pools_of(client), expired=expired, pins=mine, roots=roots)


def root_of(ticket: str, tickets: Mapping[str, Ticket]) -> str:
    """The ticket at the end of a chain of merges; a chain that runs in a circle ends where it began."""
    passed = {ticket}
    at = ticket
    while (into := tickets[at].merged_into) and into in tickets:
        if into in passed:
            return ticket
        passed.add(into)
        at = into
    return at
