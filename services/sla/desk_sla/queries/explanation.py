"""Explains a ticket's clocks at any instant, by the events up to then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from desk.calendars.times import to_seconds
from desk.contract.ticket.sla.clock_names import is_agreed
from desk.contract.ticket.sla.slice import Verdict
from desk.http.problems.problem import invalid_field
from desk_sla.clocks.state import TicketWithTimeline
from desk_sla.decisions.clock_state import ClockState, clock_state
from desk_sla.engine.explain import Explanation, explain
from desk_sla.engine.explain_text import as_text
from desk_sla.engine.judge import Judged
from desk_sla.engine.svg.clock_picture import picture
from desk_sla.policies import Rules
from desk_sla.queries.psa_comparison import PsaFigures, compare_with_psa, render_comparison


class Recorded(msgspec.Struct, frozen=True):
    """A verdict in the ticket's stream; `undone_by`: the fact that retracted it."""

    clock: str
    cycle: int
    verdict: Verdict


class Answer(msgspec.Struct, frozen=True):
    """Each clock explained as of `at`, the verdicts recorded up to now with corrections, and the PSA's figures."""

    ticket: str
    at: datetime
    clocks: list[Explanation]
    recorded: list[Recorded]
    psa: list[PsaFigures] = []


def explained(
    ticket_id: str, ticket: TicketWithTimeline, rules: Rules, at: datetime, clock: str | None, *, agreed: bool = False
) -> Answer:
    """Explain every clock that had started by `at`, or the one named. 422 when there is none of that name.

    `agreed`: only clocks agreed with the client, without the PSA's figures, and without the sentences about other
    policies and rules, which may name other clients.
    """
    state = clock_state(ticket, rules, to_seconds(at))
    wanted = _wanted(state, clock, agreed=agreed)
    chosen = {(one.name, one.cycle) for one in wanted}
    found = [
        Recorded(entry.clock, entry.cycle, verdict)
        for entry in ticket.sla.clocks.values()
        if (entry.clock, entry.cycle) in chosen
        for verdict in entry.verdicts
    ]
    clocks = [explain(one) for one in wanted]
    if agreed:
        return Answer(ticket_id, at, [replace(one, policy_why=(), goal_why=()) for one in clocks], found)
    return Answer(ticket_id, at, clocks, found, _psa(wanted, ticket, state))


def drawn(
    ticket_id: str, ticket: TicketWithTimeline, rules: Rules, at: datetime, clock: str | None, *, agreed: bool = False
) -> str:
    """Draw the clocks as SVG. `agreed`: only those agreed with the client."""
    wanted = _wanted(clock_state(ticket, rules, to_seconds(at)), clock, agreed=agreed)
    return picture(f"Ticket {ticket.intake.record or ticket_id}", wanted)


def _wanted(state: ClockState | None, clock: str | None, *, agreed: bool) -> list[Judged]:
    """All clocks, or those of one family or full name."""
    judged = [one for one in (state.clocks if state is not None else ()) if is_agreed(one.name) or not agreed]
    wanted = [one for one in judged if clock is None or clock in (one.name, one.family)]
    if clock is not None and not wanted:
        names = ", ".join(sorted({one.name for one in judged})) or "none"
        raise invalid_field("clock", f"no clock {clock!r} ran then", f"Use one of: {names}.", "query")
    return wanted


def _psa(clocks: Sequence[Judged], ticket: TicketWithTimeline, state: ClockState | None) -> list[PsaFigures]:
    if state is None:
        return []
    readings, starts = ticket.timeline.intake.readings, [cycle.start for cycle in state.past.cycles]
    every = (compare_with_psa(one, readings, starts, state.at) for one in clocks)
    return [one for one in every if one is not None]


def render_text(answer: Answer) -> str:
    """Render the answer as text, one clock after the other."""
    parts = [
        as_text(one) + "".join(_corrected(verdict, one) for verdict in answer.recorded) + _beside(answer, one)
        for one in answer.clocks
    ]
    return "\n".join(parts) or "no clock ran then\n"


def _beside(answer: Answer, one: Explanation) -> str:
    return "".join(render_comparison(psa) for psa in answer.psa if (psa.clock, psa.cycle) == (one.clock, one.cycle))


def _corrected(found: Recorded, one: Explanation) -> str:
    if (found.clock, found.cycle) != (one.clock, one.cycle):
        return ""
    taken = f", retracted by fact {found.verdict.undone_by}" if found.verdict.undone_by is not None else ""
    return f"recorded {found.verdict.kind} {found.verdict.at.isoformat()} (fact {found.verdict.id}){taken}\n"
