"""Overlaps of two people on one ticket, and of one person anywhere. The later start, then the id, comes second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desk_billing.rating.labour import Entry, canonical

Span = tuple[int, int]


class Overlaps:
    """The overlaps among entries. Half-open: an entry that begins when another one ends overlaps nothing."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_ticket: dict[str, list[Entry]] = {}
        self._by_person: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.has_clock and entry.minutes > 0 and entry.party == "msp":
                self._by_ticket.setdefault(entry.ticket, []).append(entry)
                self._by_person.setdefault(entry.technician.casefold(), []).append(entry)

    def second(self, entry: Entry) -> list[Span]:
        """Stretches of the entry during which another person was already on the ticket."""
        person = entry.technician.casefold()
        others = self._by_ticket.get(entry.ticket, ()) if entry.party == "msp" else ()
        return _before(entry, [other for other in others if other.technician.casefold() != person])

    def twice(self, entry: Entry) -> list[Span]:
        """Stretches of the entry that an earlier entry of the same person has, on any ticket."""
        own = self._by_person.get(entry.technician.casefold(), ()) if entry.party == "msp" else ()
        return _before(entry, own)


def _before(entry: Entry, others: Sequence[Entry]) -> list[Span]:
    return [
        (max(entry.start, other.start), min(entry.end, other.end))
        for other in others
        if canonical(other) < canonical(entry) and other.start < entry.end and entry.start < other.end
    ]


def inside(spans: Sequence[Span], second: int) -> bool:
    """Whether one of the stretches has the instant."""
    return any(start <= second < end for start, end in spans)
