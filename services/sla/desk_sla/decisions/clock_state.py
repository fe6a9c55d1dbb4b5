"""The state of a ticket's clocks: its timeline judged by its rulebook."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from desk.calendars.times import HORIZON_END, to_seconds
from desk.contract.ticket.ticket import Ticket
from desk_sla.clocks.history import history
from desk_sla.clocks.state import TicketWithTimeline
from desk_sla.engine.goals import Aim, Rulebook, aims, chosen_for, subject_at
from desk_sla.engine.history import Cycle, History
from desk_sla.engine.judge import Judged
from desk_sla.engine.policies.document import Family
from desk_sla.engine.policies.selection import Chosen, Subject
from desk_sla.policies import Rules

EVIDENCE: frozenset[Family] = frozenset(("resolution", "ola"))
"""Clocks that imported history is judged by; an imported log contains neither replies nor plans."""
NAMED: tuple[Family, ...] = ("response", "next-response", "plan", "resolution")


class ClockState(NamedTuple):
    """All clocks as of `at` (UTC seconds), with the history and the rulebook they were judged by."""

    at: int
    past: History
    book: Rulebook
    clocks: tuple[Judged, ...]


def clock_state(ticket: TicketWithTimeline, rules: Rules, at: int) -> ClockState | None:
    """Every clock as of `at` (UTC seconds); None before `ticket-opened` was applied."""
    past = history(ticket.timeline)
    if past is None:
        return None
    book = rules.of(ticket.timeline)
    return ClockState(at, past, book, evident(rules.judged(ticket.timeline, past, book, at), ticket))


def evident(clocks: tuple[Judged, ...], ticket: Ticket) -> tuple[Judged, ...]:
    """The clocks that the ticket has evidence for: of an import, only those of EVIDENCE until it went live."""
    if ticket.intake.origin != "import":
        return clocks
    return of_history(clocks, ticket.intake.adopted)


def of_history(clocks: tuple[Judged, ...], adopted: datetime | None) -> tuple[Judged, ...]:
    """Filter the clocks of an import that went live at `adopted`; None = never."""
    live = HORIZON_END if adopted is None else to_seconds(adopted)
    return tuple(one for one in clocks if one.family in EVIDENCE or one.clock.starts_at >= live)


def chosen(state: ClockState) -> Chosen | None:
    """The policy that applies to the ticket in its present state, with the reasons."""
    past = state.past
    return chosen_for(state.book, subject_at(past, state.at), past.cycles[0].start)


def named_aims(state: ClockState) -> dict[Family, Aim]:
    """The aims of clocks that do not depend on team or vendor, for the ticket in its present state."""
    past = state.past
    now, start = subject_at(past, state.at), past.cycles[0].start
    return {family: aim(state.book, family, now, start) for family in NAMED}


def aim(book: Rulebook, family: Family, subject: Subject, start: int) -> Aim:
    """The aim of one clock for a ticket with these properties that opened at `start` (UTC seconds)."""
    return aims(History(subject, (Cycle(start),)), book, family, start).first
