"""Work without an entry: the sessions of each person, less the person's entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from desk_billing.rating.labour import Entry

SHORTEST = 5
"""Minutes of the shortest stretch that is listed."""
DAY = 86_400
Span = tuple[int, int]


class Session(msgspec.Struct, frozen=True, order=True):
    """A person worked on a ticket from `start` to `end`, in UTC seconds."""

    start: int
    end: int
    technician: str
    ticket: str

    @property
    def minutes(self) -> int:
        """The whole minutes of the session."""
        return (self.end - self.start) // 60


def missing(sessions: Iterable[Session], entries: Sequence[Entry]) -> list[Session]:
    """Parts of sessions of at least `SHORTEST` minutes that no entry of the person has, in order of time.

    Time in several sessions of a person counts once, for the one that began first. An entry without clock times takes
    its minutes from the sessions of its person, ticket and day, the earliest first.
    """
    by_person: dict[str, list[Session]] = {}
    for one in sorted(sessions):
        by_person.setdefault(one.technician, []).append(one)
    found = [part for person, own in by_person.items() for part in _of_person(own, entries, person)]
    return sorted(one for one in found if one.minutes >= SHORTEST)


def _of_person(own: Sequence[Session], entries: Sequence[Entry], person: str) -> list[Session]:
    logged = [entry for entry in entries if entry.technician == person]
    taken = [(entry.start, entry.end) for entry in logged if entry.has_clock]
    found: list[Session] = []
    for one in own:
        found += [Session(start, end, person, one.ticket) for start, end in _without((one.start, one.end), taken)]
        taken.append((one.start, one.end))
    for entry in logged:
        if not entry.has_clock:
            found = list(_shortened(found, entry))
    return found


def _without(span: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """The parts of a span that none of the others has."""
    at, last = span
    for start, end in sorted(taken):
        if start >= last:
            break
        if at < start:
            yield at, start
        at = max(at, end)
    if at < last:
        yield at, last


def _shortened(parts: Iterable[Session], entry: Entry) -> Iterator[Session]:
    left = entry.minutes * 60
    for one in parts:
        same_day = one.ticket == entry.ticket and entry.start <= one.start < entry.start + DAY
        take = min(left, one.end - one.start) if same_day else 0
        left -= take
        yield Session(one.start + take, one.end, one.technician, one.ticket)
