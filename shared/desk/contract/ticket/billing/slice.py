"""Billing's slice of a ticket, folded from billing's facts alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.billing import facts as f

NOTHING = Decimal(0)


class Rating(msgspec.Struct, frozen=True):
    """The newest rating of an entry: minutes by class and the billable amount; `unmatched` when no rule matches.

    `by` is the person who rated by hand; `why` the code of what did not match.
    """

    rev: int
    rating: int
    split: f.BillableSplit
    amount: Decimal
    unmatched: bool = False
    lines: tuple[f.RatedLine, ...] = ()
    by: str = ""
    why: str = ""


class Entry(msgspec.Struct, frozen=True):
    """The present state of one time entry. `state` live, held, removed, moved; `end_of_life` invoiced or
    written-off."""

    entry: str
    rev: int
    labour: f.Labour
    state: Literal["live", "held", "removed", "moved"] = "live"
    rating: Rating | None = None
    end_of_life: Literal["invoiced", "written-off"] | None = None
    invoice: str = ""

    @property
    def rated(self) -> bool:
        """Whether its current revision has a rating by a rule or a person."""
        return self.rating is not None and self.rating.rev == self.rev and not self.rating.unmatched


class Confirmation(msgspec.Struct, frozen=True):
    """A confirmation of a set of entries, with its split in minutes."""

    id: UUID
    set_hash: str
    by: str
    split: f.BillableSplit


class Flag(msgspec.Struct, frozen=True):
    """An open obligation: unbilled labour."""

    entries: tuple[str, ...]
    amount: Decimal
    currency: str


class BillingSlice(msgspec.Struct, frozen=True, kw_only=True):
    """Billing's slice: `entries` by entry id, the newest `confirmations` by cycle, open `flags` by set hash."""

    entries: dict[str, Entry] = {}
    confirmations: dict[int, Confirmation] = {}
    flags: dict[str, Flag] = {}

    @property
    def live(self) -> tuple[Entry, ...]:
        """Entries that count on this ticket."""
        return tuple(entry for entry in self.entries.values() if entry.state == "live")

    @property
    def held(self) -> tuple[Entry, ...]:
        """Entries that a person must correct or accept."""
        return tuple(entry for entry in self.entries.values() if entry.state == "held")

    @property
    def set_hash(self) -> str:
        """The hash of the live entries and their revisions: any later fact of an entry changes it."""
        return set_hash((entry.entry, entry.rev) for entry in self.live)

    def confirmed(self, cycle: int) -> bool:
        """Whether the time of that cycle is confirmed and no entry changed since."""
        confirmation = self.confirmations.get(cycle)
        return confirmation is not None and confirmation.set_hash == self.set_hash

    @property
    def unrated(self) -> tuple[str, ...]:
        """Live entries whose current revision still needs a rating."""
        return tuple(entry.entry for entry in self.live if not entry.rated)


INITIAL = BillingSlice()


def set_hash(entries: Iterable[tuple[str, int]]) -> str:
    """SHA-256 (hex) of the (entry, revision) pairs, independent of their order."""
    lines = "\n".join(f"{entry}|{rev}" for entry, rev in sorted(entries))
    return hashlib.sha256(lines.encode()).hexdigest()


Step = Callable[[BillingSlice, Event], BillingSlice]


def _put(s: BillingSlice, entry: Entry) -> BillingSlice:
    return replace(s, entries={**s.entries, entry.entry: entry})


def _labour(s: BillingSlice, e: Event[f.TimeLogged | f.TimeHeld | f.TimeCorrected | f.TimeMoved]) -> BillingSlice:
    d = e.data
    old = s.entries.get(d.entry)
    gone = isinstance(d, f.TimeMoved) and d.direction == "out"
    state = "moved" if gone else "held" if isinstance(d, f.TimeHeld) else "live"
    before = old or Entry(d.entry, d.rev, d.labour)
    return _put(s, replace(before, rev=d.rev, labour=d.labour, state=state))


def _removed(s: BillingSlice, e: Event[f.TimeRemoved]) -> BillingSlice:
    old = s.entries.get(e.data.entry)
    return s if old is None else _put(s, replace(old, rev=e.data.rev, state="removed"))


def _rated(s: BillingSlice, e: Event[f.TimeRated]) -> BillingSlice:
    d = e.data
    old = s.entries.get(d.entry)
    if old is None:
        return s
    minutes = {"billable": 0, "covered": 0, "non-billable": 0}
    amount = NOTHING
    for line in d.lines:
        minutes[line.billing_class] += line.minutes
        amount += line.amount
    split = f.BillableSplit(minutes["billable"], minutes["covered"], minutes["non-billable"])
    return _put(s, replace(old, rating=Rating(d.rev, d.rating, split, amount, lines=d.lines, by=d.by)))


def _unmatched(s: BillingSlice, e: Event[f.TimeUnmatched]) -> BillingSlice:
    d = e.data
    old = s.entries.get(d.entry)
    rating = Rating(d.rev, d.rating, f.BillableSplit(), NOTHING, unmatched=True, why=d.why)
    return s if old is None else _put(s, replace(old, rating=rating))


def _ended(
    how: Literal["invoiced", "written-off"],
) -> Callable[[BillingSlice, Event[f.TimeInvoiced | f.TimeWrittenOff]], BillingSlice]:
    def step(s: BillingSlice, e: Event[f.TimeInvoiced | f.TimeWrittenOff]) -> BillingSlice:
        old = s.entries.get(e.data.entry)
        return s if old is None else _put(s, replace(old, end_of_life=how, invoice=getattr(e.data, "invoice", "")))

    return step


def _confirmed(s: BillingSlice, e: Event[f.TimeConfirmed]) -> BillingSlice:
    d = e.data
    confirmation = Confirmation(e.id, d.set_hash, d.by, d.split)
    return replace(s, confirmations={**s.confirmations, e.cycle or 1: confirmation})


def _flagged(s: BillingSlice, e: Event[f.UnbilledLabourFlagged]) -> BillingSlice:
    d = e.data
    return replace(s, flags={**s.flags, d.set_hash: Flag(d.entries, d.amount, d.currency)})


def _cleared(s: BillingSlice, e: Event[f.UnbilledLabourCleared]) -> BillingSlice:
    return replace(s, flags={key: flag for key, flag in s.flags.items() if key != e.data.set_hash})


EVOLVE: dict[type[Payload], Step] = steps(
    on(f.TimeLogged, _labour),
    on(f.TimeHeld, _labour),
    on(f.TimeCorrected, _labour),
    on(f.TimeMoved, _labour),
    on(f.TimeRemoved, _removed),
    on(f.TimeRated, _rated),
    on(f.TimeUnmatched, _unmatched),
    on(f.TimeConfirmed, _confirmed),
    on(f.UnbilledLabourFlagged, _flagged),
    on(f.UnbilledLabourCleared, _cleared),
    on(f.TimeInvoiced, _ended("invoiced")),
    on(f.TimeWrittenOff, _ended("written-off")),
)


def evolve(s: BillingSlice, event: Event) -> BillingSlice:
    """The slice after one more of billing's facts; the same for a fact that does not concern it."""
    step = EVOLVE.get(type(event.data))
    return s if step is None else step(s, event)
