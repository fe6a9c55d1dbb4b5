"""What the PSA's own SLA says of a clock, beside ours, and why the two differ as far as the facts tell. Pure.

The PSA's figures are shown, never judged by. Of a record it tells minutes and instants, and one word for all goals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from desk.calendars.times import duration, iso
from desk.contract.event import Text
from desk.contract.sealing import Unreadable
from desk.contract.ticket.intake.psa import Measured
from desk_sla.clocks.timeline import Reading
from desk_sla.engine.judge import Judged
from desk_sla.queries.psa_difference import MINUTE, Both, reasons

NO_FIGURE = "the PSA showed no figure of this goal while this cycle ran"


class PsaSays(msgspec.Struct, frozen=True):
    """The PSA's figures for one of our clocks. Instants in UTC seconds, durations in seconds.

    `read_at`: when the record was so, None where no reading falls into the cycle. `in_sla` speaks of the whole record.
    `difference`: what ours counted minus what the PSA counted, where both saw the goal reached.
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


def beside(one: Judged, readings: Sequence[Reading], starts: Sequence[int], now: int) -> PsaSays | None:
    """What the PSA says of the clock as of `now`; None where it measures no such goal or was never read.

    `starts`: when each cycle of the ticket began.
    """
    seen = [reading for reading in readings if reading.at <= now]
    if not seen or one.family not in ("response", "plan", "resolution"):
        return None
    last = starts[one.cycle] if one.cycle < len(starts) else now + 1
    within = [reading for reading in seen if starts[one.cycle - 1] <= reading.at < last]
    if not within:
        return PsaSays(one.name, one.cycle, (NO_FIGURE,))
    return _compared(one, max(within, key=lambda reading: reading.at), within, starts)


def _compared(one: Judged, reading: Reading, within: Sequence[Reading], starts: Sequence[int]) -> PsaSays:
    level = reading.level
    goal = next((goal for goal in level.goals if goal.goal == one.family), Measured(goal="plan"))
    both = Both(one, reading, goal, starts[0], tuple(r.at for r in within if r.status))
    return PsaSays(
        clock=one.name,
        cycle=one.cycle,
        read_at=reading.at,
        sla=level.sla,
        title=level.title,
        in_sla=level.in_sla,
        counted=both.counted,
        skipped=None if goal.skipped is None else goal.skipped * 60,
        waiting=both.waiting,
        answered=both.answered,
        difference=both.difference,
        reasons=tuple(reasons(both)),
    )


def said(psa: PsaSays) -> str:
    """The same in words."""
    return "".join(f"{line}\n" for line in _lines(psa))


def _lines(psa: PsaSays) -> Iterator[str]:
    if psa.read_at is None:
        yield "the PSA says: nothing"
    else:
        title = psa.title if isinstance(psa.title, str) else _unreadable(psa.title) if psa.title else "of no name"
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
        return "not whether it is in SLA"
    return "the record is in SLA" if in_sla else "the record is out of SLA"


def _answer(psa: PsaSays) -> str:
    if psa.answered is None:
        return f"{psa.clock} not reached"
    counted = "" if psa.counted is None else f", {duration(psa.counted)} counted"
    return f"{psa.clock} reached {iso(psa.answered)}{counted}"


def _waiting(psa: PsaSays) -> str:
    return "" if not psa.waiting else f", {duration(psa.waiting)} left out as waiting"
