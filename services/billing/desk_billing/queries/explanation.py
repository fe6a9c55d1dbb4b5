"""Explains the rating of labour: the recorded lines, and the engine's reasons when it rates the entry again now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.ticket.billing.labour import RatedLine
from desk.contract.ticket.billing.slice import Entry, Rating
from desk.contract.ticket.labour import cycle_of
from desk.contract.ticket.ticket import Ticket
from desk.decision.policies.lookup import Policies
from desk.http.problems.problem import invalid_field
from desk_billing.decisions.labour import Rated, essence_of, recorded
from desk_billing.rating.explain import explain

Replayed = Literal["as-recorded", "differs", "by-hand", "not-rated"]


class EntryExplanation(msgspec.Struct, frozen=True):
    """One entry. `lines` are those recorded for its newest rating; `unmatched` is the code when no rule or rate fits.

    `reasons` are the sentences of the engine, which rates the entry again under the documents published up to now;
    `replayed`: whether it finds the recorded lines. `waits`: what a rating still needs.
    """

    entry: str
    rev: int
    state: str
    technician: str
    start: datetime
    end: datetime
    minutes: int
    rating: int | None
    by: str
    unmatched: str
    end_of_life: str | None
    lines: tuple[RatedLine, ...]
    replayed: Replayed
    reasons: tuple[str, ...]
    waits: str


class LabourExplanation(msgspec.Struct, frozen=True):
    """The entries of a ticket, in the order of the work."""

    ticket: str
    entries: tuple[EntryExplanation, ...]


def explained(ticket_id: str, ticket: Ticket, policies: Policies, name: str | None) -> LabourExplanation:
    """Explain every entry of the ticket, or the one named. 422 when there is none of that name."""
    entries = ticket.billing.entries
    if name is not None and name not in entries:
        names = ", ".join(sorted(entries)) or "none: no time is logged on the ticket"
        raise invalid_field("entry", f"no entry {name!r} on the ticket", f"Use one of: {names}.", "query")
    wanted = [one for one in entries.values() if name in (None, one.entry)]
    wanted.sort(key=lambda one: (one.labour.start, one.entry))
    rated = Rated(ticket, policies)
    return LabourExplanation(ticket_id, tuple(_entry(one, ticket, rated) for one in wanted))


def _entry(entry: Entry, ticket: Ticket, rated: Rated) -> EntryExplanation:
    rating = entry.rating if entry.rating is not None and entry.rating.rev == entry.rev else None
    lines = rated.lines.get(entry.entry, ())
    labour = entry.labour
    return EntryExplanation(
        entry=entry.entry,
        rev=entry.rev,
        state=entry.state,
        technician=labour.technician,
        start=labour.start,
        end=labour.end,
        minutes=labour.minutes,
        rating=rating.rating if rating is not None else None,
        by=rating.by if rating is not None else "",
        unmatched=rating.why if rating is not None else "",
        end_of_life=entry.end_of_life,
        lines=rating.lines if rating is not None else (),
        replayed=_replayed(rating, tuple(recorded(line, ticket) for line in lines)),
        reasons=tuple(sentence for line in lines for sentence in explain(line)),
        waits=_waits(entry, ticket, rating),
    )


def _replayed(rating: Rating | None, lines: tuple[RatedLine, ...]) -> Replayed:
    if rating is None:
        return "not-rated"
    if rating.by:
        return "by-hand"
    same = [essence_of(line) for line in rating.lines] == [essence_of(line) for line in lines]
    return "as-recorded" if same or rating.unmatched else "differs"


def _waits(entry: Entry, ticket: Ticket, rating: Rating | None) -> str:
    if rating is not None or entry.state != "live":
        return ""
    if ticket.intake.imported:
        return "labour of an imported ticket is not rated until the ticket is adopted"
    if ticket.sla.policies.get(cycle_of(entry, ticket)) is None:
        return "sla has not selected the calendar of its cycle"
    return "the client's terms are not recorded yet" if ticket.intake.tier is None else "its rating follows"


def render_text(answer: LabourExplanation) -> str:
    """The answer as text, one entry after the other."""
    return "".join(f"{line}\n" for one in answer.entries for line in _text(one)) or "no time is logged\n"


def _text(one: EntryExplanation) -> Iterator[str]:
    who = f" of {one.technician}" if one.technician else ""
    rating = f", rating {one.rating}" if one.rating is not None else ""
    yield f"entry {one.entry} revision {one.rev}{rating}: {one.minutes} min{who}, {one.start:%Y-%m-%d %H:%M} UTC"
    if one.state != "live":
        yield f"  {one.state}"
    if one.end_of_life is not None:
        yield f"  {one.end_of_life}: its lines never change"
    if one.waits:
        yield f"  waits: {one.waits}"
    if one.unmatched:
        yield f"  time-unmatched ({one.unmatched}): a person must rate it (rate-by-hand)"
    if one.replayed == "as-recorded":
        yield from one.reasons
        return
    yield from (f"  {_recorded(line)}" for line in one.lines)
    if one.by:
        yield f"    rated by hand by {one.by}"
    if one.replayed == "differs":
        yield "  rated now, under the documents published up to now:"
        yield from one.reasons


def _recorded(line: RatedLine) -> str:
    charged = f" charged {line.charged}" if line.charged != line.minutes else ""
    day, band = (f"{line.day} " if line.day is not None else ""), (f" {line.band}" if line.band else "")
    money = f"{line.amount} {line.currency} at {line.rate} an hour"
    return f"recorded: {day}{line.minutes} min{band} {line.billing_class} by {line.rule}{charged}, {money}"
