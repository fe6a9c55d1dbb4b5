"""Compares a clock with the PSA's own SLA figures, and gives the reasons for a difference. Pure.

The PSA's figures are displayed, and no clock is judged by them. A PSA record has minutes and instants per goal, and one
flag `in_sla` for all goals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from desk.calendars.times import duration, iso
from desk.contract.event import Text
from desk.contract.read_text import Unreadable
from desk.contract.ticket.intake.psa import Measured
from desk_sla.clocks.timeline import Reading
from desk_sla.engine.judge import Judged
from desk_sla.queries.psa_difference import MINUTE, Comparison, reasons

NO_FIGURE = "the PSA had no figure of this goal during this cycle"


class PsaFigures(msgspec.Struct, frozen=True):
    """The PSA's figures for one of our clocks. Instants in UTC seconds, durations in seconds.

    `read_at`: time of the reading, None when none falls into the cycle. `in_sla` is about the whole record.
    `difference`: our seconds minus the PSA's, when both have the goal as reached.
    """

    clock: str
    cycle: int
    reasons: tuple[str, ...]
    read_at: int | None = None
    sla: str | None = None
    title: Text | None = None
    in_sla: bool | None = None
    counted: int | None = None
    skipped: int | None = None
    waiting: int | None = None
    answered: int | None = None
    difference: int | None = None


def compare_with_psa(one: Judged, readings: Sequence[Reading], starts: Sequence[int], now: int) -> PsaFigures | None:
    """The PSA's figures for the clock as of `now` (UTC seconds); None without the goal or any reading.

    `starts`: start of each cycle of the ticket.
    """
    seen = [reading for reading in readings if reading.at <= now]
    if not seen or one.family not in ("response", "plan", "resolution"):
        return None
    last = starts[one.cycle] if one.cycle < len(starts) else now + 1
    within = [reading for reading in seen if starts[one.cycle - 1] <= reading.at < last]
    if not within:
        return PsaFigures(one.name, one.cycle, (NO_FIGURE,))
    return _compared(one, max(within, key=lambda reading: reading.at), within, starts)


def _compared(one: Judged, reading: Reading, within: Sequence[Reading], starts: Sequence[int]) -> PsaFigures:
    level = reading.level
    goal = next((goal for goal in level.goals if goal.goal == one.family), Measured(goal="plan"))
    comparison = Comparison(one, reading, goal, starts[0], tuple(r.at for r in within if r.status))
    return PsaFigures(
        clock=one.name,
        cycle=one.cycle,
        read_at=reading.at,
        sla=level.sla,
        title=level.title,
        in_sla=level.in_sla,
        counted=comparison.counted,
        skipped=None if goal.skipped is None else goal.skipped * 60,
        waiting=comparison.waiting,
        answered=comparison.answered,
        difference=comparison.difference,
        reasons=tuple(reasons(comparison)),
    )


def render_comparison(psa: PsaFigures) -> str:
    """Render the comparison as text, one statement per line."""
    return "".join(f"{line}\n" for line in _lines(psa))


def _lines(psa: PsaFigures) -> Iterator[str]:
    if psa.read_at is None:
        yield "the PSA has no figure"
    else:
        title = psa.title if isinstance(psa.title, str) else _unreadable(psa.title) if psa.title else "without a name"
        yield f"the PSA says (SLA {title}, as of {iso(psa.read_at)}): {_word(psa.in_sla)}"
        yield f"  {_answer(psa)}{_waiting(psa)}"
    if psa.difference is not None:
        more = "more" if psa.difference > 0 else "less"
        differs = abs(psa.difference) >= MINUTE
        yield f"  ours counts {duration(abs(psa.difference))} {more}" if differs else "  both count the same minutes"
    yield from (f"  - {reason}" for reason in psa.reasons)


def _unreadable(title: object) -> str:
    why = title.unreadable if isinstance(title, Unreadable) else "sealed"
    return f"(cannot be read: {why})"


def _word(in_sla: bool | None) -> str:
    if in_sla is None:
        return "no statement on whether the record is in SLA"
    return "the record is in SLA" if in_sla else "the record is out of SLA"


def _answer(psa: PsaFigures) -> str:
    if psa.answered is None:
        return f"{psa.clock} not reached"
    counted = "" if psa.counted is None else f", {duration(psa.counted)} counted"
    return f"{psa.clock} reached {iso(psa.answered)}{counted}"


def _waiting(psa: PsaFigures) -> str:
    return "" if not psa.waiting else f", {duration(psa.waiting)} left out as waiting"
