"""Rates entries by rule, as soon as their calendar and agreement are recorded.

Once drained, ratings do not depend on the order in which entries, terms and calendars were applied: each of them rates
the entries that it completes, and rates again those that it changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.event import Draft, Event
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry, Rating
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_billing.decisions.labour import Rated, by_hand, essence_of, recorded

Logged = f.TimeLogged | f.TimeCorrected | f.TimeMoved
Result = f.TimeRated | f.TimeUnmatched


def rate_entry(event: Event[Logged], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Rate an entry that was logged, corrected or moved here, and again those of the ticket whose lines it changes. It
    waits while its calendar or terms are missing.
    """
    entry = ticket.billing.entries.get(event.data.entry)
    if entry is None or entry.state != "live" or entry.rev != event.data.rev or _rated_before(entry):
        return []
    found = ratings(ticket, context)
    own = found.pop(entry.entry, None)
    return _drafts([*([] if own is None else [own]), *_changed(found, ticket)])


def rate_others(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """After labour left the rating of the ticket (removed, held, moved away, rated by hand): rate those entries again
    whose lines change without it.
    """
    if isinstance(event.data, f.TimeRated) and not event.data.by:
        return []
    return _drafts(_changed(ratings(ticket, context), ticket))


def _changed(found: Mapping[str, Result], ticket: Ticket) -> list[Result]:
    """New ratings of entries whose present revision has another one."""
    entries = ticket.billing.entries
    return [
        data
        for name, data in found.items()
        if _rated_before(entries[name]) and _differs(entries[name].rating, data, entries[name].rev)
    ]


def _rated_before(entry: Entry) -> bool:
    return entry.rating is not None and entry.rating.rev == entry.rev


def rate_waiting(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """After `policy-selected` or the start of a cycle: rate waiting entries, and again those of another calendar."""
    entries = ticket.billing.entries
    found = ratings(ticket, context)
    return _drafts([data for name, data in found.items() if _cut_otherwise(entries[name], data)])


def rate_again(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """After the client's terms were captured: rate entries again whose rating changes under them."""
    entries = ticket.billing.entries
    found = ratings(ticket, context)
    return _drafts([data for name, data in found.items() if _differs(entries[name].rating, data, entries[name].rev)])


def ratings(ticket: Ticket, context: DecisionContext) -> dict[str, Result]:
    """The next rating of every open entry by the engine: live ones that are not invoiced, written off or rated by hand.

    Those whose calendar or terms are missing have none.
    """
    waits = ticket.intake.tier is None and ticket.intake.origin != "import"
    open_ = [e for e in ticket.billing.live if e.end_of_life is None and not by_hand(e)]
    if ticket.intake.imported or waits or not open_:
        return {}
    rated = Rated(ticket, context.policies)
    found: dict[str, Result] = {}
    for entry in open_:
        name, rating = entry.entry, next_rating(entry)
        if (why := rated.problems.get(name)) is not None:
            found[name] = f.TimeUnmatched(entry=name, rev=entry.rev, rating=rating, why=why)
        elif name in rated.lines:
            lines = tuple(recorded(line, ticket) for line in rated.lines[name])
            found[name] = f.TimeRated(entry=name, rev=entry.rev, rating=rating, lines=lines)
    return found


def _differs(before: Rating | None, data: Result, rev: int) -> bool:
    if before is None or before.rev != rev:
        return True
    if isinstance(data, f.TimeUnmatched):
        return before.why != data.why
    return before.unmatched or [essence_of(line) for line in before.lines] != [essence_of(line) for line in data.lines]


def _cut_otherwise(entry: Entry, data: Result) -> bool:
    """Whether another calendar split the entry. Rates and rules published since do not change a rated entry."""
    before = entry.rating
    if before is None or before.rev != entry.rev or before.unmatched or isinstance(data, f.TimeUnmatched):
        return _differs(before, data, entry.rev)
    return {line.calendar for line in before.lines} != {line.calendar for line in data.lines}


def _drafts(found: list[Result]) -> list[Draft]:
    return [Draft(data=data) for data in found]


def next_rating(entry: Entry) -> int:
    """Ratings of one revision are counted from 1."""
    return entry.rating.rating + 1 if entry.rating is not None and entry.rating.rev == entry.rev else 1
