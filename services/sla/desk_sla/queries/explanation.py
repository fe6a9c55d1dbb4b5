"""Why a ticket's clocks stood where they stood at any instant, by what had happened until then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from desk.calendars.times import to_seconds
from desk.contract.ticket.sla.slice import Verdict
from desk.http.problems.problem import invalid_field
from desk_sla.clocks.state import Judging
from desk_sla.decisions.clock_state import ClockState, clock_state
from desk_sla.engine.explain import Explanation, explain
from desk_sla.engine.explain_text import as_text
from desk_sla.engine.judge import Judged
from desk_sla.engine.svg.clock_picture import picture
from desk_sla.policies import Rules
from desk_sla.queries.psa_comparison import PsaSays, beside, said


class Recorded(msgspec.Struct, frozen=True):
    """A verdict in the ticket's stream; `undone_by`: the fact that took it back."""

    clock: str
    cycle: int
    verdict: Verdict


class Answer(msgspec.Struct, frozen=True):
    """Each clock explained as of `at`; beside it what was recorded up to now, what was corrected, what the PSA says."""

    ticket: str
    at: datetime
    clocks: list[Explanation]
    recorded: list[Recorded]
    psa: list[PsaSays] = []


def explained(ticket_id: str, ticket: Judging, rules: Rules, at: datetime, clock: str | None) -> Answer:
    """Every clock that had started by `at`, or the one named. 422 when there is no such."""
    standing = clock_state(ticket, rules, to_seconds(at))
    wanted = _wanted(standing, clock)
    chosen = {(one.name, one.cycle) for one in wanted}
    found = [
        Recorded(known.clock, known.cycle, verdict)
        for known in ticket.sla.clocks.values()
        if (known.clock, known.cycle) in chosen
        for verdict in known.verdicts
    ]
    return Answer(ticket_id, at, [explain(one) for one in wanted], found, _psa(wanted, ticket, standing))


def drawn(ticket_id: str, ticket: Judging, rules: Rules, at: datetime, clock: str | None) -> str:
    """The same as a picture (SVG)."""
    return picture(
        f"Ticket {ticket.intake.record or ticket_id}", _wanted(clock_state(ticket, rules, to_seconds(at)), clock)
    )


def _wanted(standing: ClockState | None, clock: str | None) -> list[Judged]:
    """All clocks, or those of one family or full name."""
    judged = standing.clocks if standing is not None else ()
    wanted = [one for one in judged if clock is None or clock in (one.name, one.family)]
    if clock is not None and not wanted:
        names = ", ".join(sorted({one.name for one in judged})) or "none"
        raise invalid_field("clock", f"no clock {clock!r} ran then", f"Use one of: {names}.", "query")
    return wanted


def _psa(clocks: Sequence[Judged], ticket: Judging, standing: ClockState | None) -> list[PsaSays]:
    if standing is None:
        return []
    readings, starts = ticket.timeline.intake.readings, [cycle.start for cycle in standing.past.cycles]
    every = (beside(one, readings, starts, standing.at) for one in clocks)
    return [one for one in every if one is not None]


def render_text(answer: Answer) -> str:
    """The same in words, a clock after the other."""
    parts = [
        as_text(one) + "".join(_corrected(verdict, one) for verdict in answer.recorded) + _beside(answer, one)
        for one in answer.clocks
    ]
    return "\n".join(parts) or "no clock ran then\n"


def _beside(answer: Answer, one: Explanation) -> str:
    return "".join(said(psa) for psa in answer.psa if (psa.clock, psa.cycle) == (one.clock, one.cycle))


def _corrected(found: Recorded, one: Explanation) -> str:
    if (found.clock, found.cycle) != (one.clock, one.cycle):
        return ""
    taken = f", taken back by fact {found.verdict.undone_by}" if found.verdict.undone_by is not None else ""
    return f"recorded {found.verdict.kind} {found.verdict.at.isoformat()} (fact {found.verdict.id}){taken}\n"
