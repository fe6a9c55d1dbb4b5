"""Overlaps of two people on one ticket, and of one person anywhere. The later start, then the id, comes second."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from desk_billing.rating.labour import Entry, canonical

Span = tuple[int, int]


class _Row:
    """Entries in canonical order, in which those that reach into another one are found by bisection."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = sorted(entries, key=canonical)
        self._starts = [entry.start for entry in self.entries]
        self._longest = max((entry.end - entry.start for entry in self.entries), default=0)

    def before(self, entry: Entry) -> Iterator[Entry]:
        """Entries that come before this one and end after its start."""
        first = bisect_left(self._starts, entry.start - self._longest)
        last = bisect_right(self._starts, entry.start)
        for other in self.entries[first:last]:
            if other.end > entry.start and canonical(other) < canonical(entry):
                yield other


_NONE = _Row(())


class Overlaps:
    """The overlaps among entries. Half-open: an entry that begins when another one ends overlaps nothing."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        by_ticket: dict[str, list[Entry]] = {}
        by_person: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.has_clock and entry.minutes > 0 and entry.party == "msp":
                by_ticket.setdefault(entry.ticket, []).append(entry)
                by_person.setdefault(entry.technician.casefold(), []).append(entry)
        self._by_ticket = {ticket: _Row(own) for ticket, own in by_ticket.items()}
        self._by_person = {person: _Row(own) for person, own in by_person.items()}

    def second(self, entry: Entry) -> list[Span]:
        """Stretches of the entry during which another person was already on the ticket."""
        person = entry.technician.casefold()
        row = self._by_ticket.get(entry.ticket, _NONE) if entry.party == "msp" else _NONE
        return [_shared(entry, other) for other in row.before(entry) if other.technician.casefold() != person]

    def twice(self, entry: Entry) -> list[Span]:
        """Stretches of the entry that an earlier entry of the same person has, on any ticket."""
        row = self._by_person.get(entry.technician.casefold(), _NONE) if entry.party == "msp" else _NONE
        return [_shared(entry, other) for other in row.before(entry)]


def _shared(entry: Entry, other: Entry) -> Span:
    return entry.start, min(entry.end, other.end)


def inside(spans: Sequence[Span], second: int) -> bool:
    """Whether one of the stretches has the instant."""
    return any(start <= second < end for start, end in spans)
