"""Reasons, as sentences, why a clock and the PSA's figure of the same goal differ. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from desk.calendars.times import duration, iso, to_seconds
from desk.contract.ticket.intake.psa import Measured
from desk_sla.clocks.timeline import Reading
from desk_sla.engine.judge import Judged

MINUTE = 60
"""Seconds. The PSA counts whole minutes, so smaller differences are ignored."""


class Comparison(NamedTuple):
    """A clock of ours and the PSA's reading of its goal. `opening`: opening time of the ticket, in UTC seconds.

    `statuses`: times of readings with another status than the one before.
    """

    ours: Judged
    reading: Reading
    goal: Measured
    opening: int
    statuses: tuple[int, ...] = ()

    @property
    def answered(self) -> int | None:
        """Time in UTC seconds at which the PSA has the goal as reached."""
        return None if self.goal.answered is None else to_seconds(self.goal.answered)

    @property
    def counted(self) -> int | None:
        """Seconds that the PSA counted until then; None for a goal that is not reached."""
        minutes = self.goal.minutes
        return None if minutes is None or (self.goal.answered is None and not minutes) else minutes * MINUTE

    @property
    def waiting(self) -> int | None:
        """Seconds that the PSA excluded from the record as waiting."""
        return None if self.reading.level.waiting is None else self.reading.level.waiting * MINUTE

    @property
    def difference(self) -> int | None:
        """Our seconds minus the PSA's, when both have the goal as reached."""
        if self.ours.position.stopped_at is None or self.answered is None or self.counted is None:
            return None
        return self.ours.position.elapsed - self.counted


def reasons(comparison: Comparison) -> Iterator[str]:
    """Every reason that the facts support, the most serious first."""
    for reason in REASONS:
        yield from reason(comparison)


def _figure(comparison: Comparison) -> Iterator[str]:
    if comparison.answered is None and comparison.counted is None and comparison.ours.position.stopped_at is None:
        yield "no figure yet: the PSA counts a goal when it is reached"


def _age(comparison: Comparison) -> Iterator[str]:
    stands = comparison.ours.position
    edges = [edge for part in stands.stretches for edge in (part.start, part.end) if part.kind == "paused"]
    instants = [*(rev.at for rev in stands.revisions), *edges, stands.stopped_at or 0]
    newest = max(
        at for at in instants if at < stands.now or at == stands.stopped_at or at == comparison.ours.clock.starts_at
    )
    if newest - comparison.reading.at > MINUTE:
        yield f"the PSA's figures are of {iso(comparison.reading.at)}, older than our newest event at {iso(newest)}"


def _start(comparison: Comparison) -> Iterator[str]:
    start = comparison.ours.clock.starts_at
    if comparison.ours.cycle > 1 and start - comparison.opening > MINUTE:
        yield f"ours counts from the reopening at {iso(start)}, the PSA's record counts from {iso(comparison.opening)}"


def _stop(comparison: Comparison) -> Iterator[str]:
    ours, theirs = comparison.ours.position.stopped_at, comparison.answered
    if theirs is not None and (ours is None or ours - theirs > MINUTE):
        then = "ours has not stopped yet" if ours is None else f"ours stops at {iso(ours)}"
        change = any(abs(at - theirs) <= MINUTE for at in comparison.statuses)
        if comparison.ours.family == "response" and change:
            yield f"the PSA counts the change of status at {iso(theirs)} as a response, which it is not; {then}"
        else:
            yield f"the PSA saw it reached at {iso(theirs)}; {then}"
    elif ours is not None and theirs is None:
        yield f"ours stops at {iso(ours)}, which the PSA does not count as reached"
    elif ours is not None and theirs is not None and theirs - ours > MINUTE:
        yield f"ours stops at {iso(ours)} already, the PSA saw it reached at {iso(theirs)}"


def _pauses(comparison: Comparison) -> Iterator[str]:
    ours, theirs = comparison.ours.position.paused, comparison.waiting
    if theirs is not None and abs(ours - theirs) >= MINUTE:
        left_out = f"the PSA leaves out {duration(theirs)} of the whole record, ours {duration(ours)} of working time"
        yield f"waiting: {left_out}: the union of the pauses that the policy lists for this clock"


def _hours(comparison: Comparison) -> Iterator[str]:
    """Detect that the PSA counted wall-clock time: the sum then matches it."""
    if comparison.answered is None or comparison.counted is None:
        return
    calendar, start = comparison.ours.position.revision.calendar, comparison.opening
    wall, worked = comparison.answered - start, calendar.elapsed_s(start, comparison.answered)
    left_out = (comparison.waiting or 0) + (comparison.goal.skipped or 0) * MINUTE
    if abs(wall - worked) < MINUTE:
        return
    if abs(wall - left_out - comparison.counted) <= 2 * MINUTE:
        spans = f"{duration(wall - worked)} of that is not working time in calendar {calendar.id} ({calendar.zone})"
        yield f"the PSA counts around the clock: {spans}"
    elif abs(worked - left_out - comparison.counted) > 2 * MINUTE:
        yield f"the PSA counts other hours than calendar {calendar.id} ({calendar.zone}): {duration(worked)} by that"


def _target(comparison: Comparison) -> Iterator[str]:
    stands, in_sla, counted = comparison.ours.position, comparison.reading.level.in_sla, comparison.counted
    target, verdict = stands.revision.target, stands.verdict
    if in_sla is False and verdict in ("met", "open"):
        yield f"ours is {verdict}; the PSA has the record as a whole out of SLA, without naming the goal"
    if in_sla and verdict == "breached":
        yield f"in SLA there and breached here{_more(counted, target)}"
    if target is None and (in_sla is not None or counted is not None):
        yield "ours has no SLA for this goal"


def _more(counted: int | None, target: int | None) -> str:
    if counted is None or target is None:
        return ""
    if counted > target:
        return f": its target differs, {duration(counted)} is in time there and ours allows {duration(target)}"
    return f": the {duration(counted)} that it counts is within our {duration(target)}, so the counting differs"


REASONS: tuple[Callable[[Comparison], Iterator[str]], ...] = (_figure, _age, _start, _stop, _pauses, _hours, _target)
