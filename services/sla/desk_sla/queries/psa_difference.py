"""Why a clock of ours and the PSA's figure of the same goal differ, in sentences that the facts bear out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from desk.calendars.times import duration, iso, to_seconds
from desk.contract.ticket.intake.psa import Measured
from desk_sla.clocks.timeline import Reading
from desk_sla.engine.judge import Judged

MINUTE = 60
"""The PSA counts whole minutes: less is no difference."""


class Both(NamedTuple):
    """A clock of ours, and what the PSA's reading says of its goal. `opened`: when the ticket did.

    `statuses`: when a reading showed another status than the one before.
    """

    ours: Judged
    reading: Reading
    goal: Measured
    opened: int
    statuses: tuple[int, ...] = ()

    @property
    def answered(self) -> int | None:
        """When the PSA saw the goal reached."""
        return None if self.goal.answered is None else to_seconds(self.goal.answered)

    @property
    def counted(self) -> int | None:
        """Seconds that the PSA counted until then; it says nothing of a goal that is not reached."""
        minutes = self.goal.minutes
        return None if minutes is None or (self.goal.answered is None and not minutes) else minutes * MINUTE

    @property
    def waiting(self) -> int | None:
        """Seconds that the PSA left out of the record as waiting."""
        return None if self.reading.level.waiting is None else self.reading.level.waiting * MINUTE

    @property
    def difference(self) -> int | None:
        """Ours minus the PSA's, where both saw the goal reached."""
        if self.ours.position.stopped_at is None or self.answered is None or self.counted is None:
            return None
        return self.ours.position.elapsed - self.counted


def reasons(both: Both) -> Iterator[str]:
    """Every reason that the facts show, the gravest first."""
    for reason in REASONS:
        yield from reason(both)


def _figure(both: Both) -> Iterator[str]:
    if both.answered is None and both.counted is None and both.ours.position.stopped_at is None:
        yield "no figure yet: the PSA counts a goal when it is reached"


def _age(both: Both) -> Iterator[str]:
    stands = both.ours.position
    edges = [edge for part in stands.stretches for edge in (part.start, part.end) if part.kind == "paused"]
    known = [*(rev.at for rev in stands.revisions), *edges, stands.stopped_at or 0]
    newest = max(at for at in known if at < stands.now or at == stands.stopped_at or at == both.ours.clock.starts_at)
    if newest - both.reading.at > MINUTE:
        yield f"the PSA's figures are of {iso(both.reading.at)}, older than what ours knows of {iso(newest)}"


def _start(both: Both) -> Iterator[str]:
    start = both.ours.clock.starts_at
    if both.ours.cycle > 1 and start - both.opened > MINUTE:
        yield f"ours counts from the reopening at {iso(start)}, the PSA's record is one since {iso(both.opened)}"


def _stop(both: Both) -> Iterator[str]:
    ours, theirs = both.ours.position.stopped_at, both.answered
    if theirs is not None and (ours is None or ours - theirs > MINUTE):
        then = "ours knows none yet" if ours is None else f"ours stops at {iso(ours)}"
        change = any(abs(at - theirs) <= MINUTE for at in both.statuses)
        if both.ours.family == "response" and change:
            yield f"the PSA counts the change of status at {iso(theirs)} as a response, which it is not; {then}"
        else:
            yield f"the PSA saw it reached at {iso(theirs)}; {then}"
    elif ours is not None and theirs is None:
        yield f"ours stops at {iso(ours)}, which the PSA does not count as reached"
    elif ours is not None and theirs is not None and theirs - ours > MINUTE:
        yield f"ours stops at {iso(ours)} already, the PSA saw it reached at {iso(theirs)}"


def _pauses(both: Both) -> Iterator[str]:
    ours, theirs = both.ours.position.paused, both.waiting
    if theirs is not None and abs(ours - theirs) >= MINUTE:
        left_out = f"the PSA leaves out {duration(theirs)} of the whole record, ours {duration(ours)} of working time"
        yield f"waiting: {left_out}: the union of the pauses that the policy lists for this clock"


def _hours(both: Both) -> Iterator[str]:
    """Whether the PSA counted the hours of the wall: then they add up to it."""
    if both.answered is None or both.counted is None:
        return
    calendar, start = both.ours.position.revision.calendar, both.opened
    wall, worked = both.answered - start, calendar.elapsed_s(start, both.answered)
    left_out = (both.waiting or 0) + (both.goal.skipped or 0) * MINUTE
    if abs(wall - worked) < MINUTE:
        return
    if abs(wall - left_out - both.counted) <= 2 * MINUTE:
        spans = f"{duration(wall - worked)} of that is no working time of calendar {calendar.id} ({calendar.zone})"
        yield f"the PSA counts around the clock: {spans}"
    elif abs(worked - left_out - both.counted) > 2 * MINUTE:
        yield f"the PSA counts other hours than calendar {calendar.id} ({calendar.zone}): {duration(worked)} by that"


def _target(both: Both) -> Iterator[str]:
    stands, in_sla, counted = both.ours.position, both.reading.level.in_sla, both.counted
    target, verdict = stands.revision.target, stands.verdict
    if in_sla is False and verdict in ("met", "open"):
        yield f"ours is {verdict}; the PSA says out of SLA of the record as a whole, not of which goal"
    if in_sla and verdict == "breached":
        yield f"in SLA there and breached here{_more(counted, target)}"
    if target is None and (in_sla is not None or counted is not None):
        yield "ours has no SLA for this goal"


def _more(counted: int | None, target: int | None) -> str:
    if counted is None or target is None:
        return ""
    if counted > target:
        return f": its target is another, {duration(counted)} is in time there and ours allows {duration(target)}"
    return f": the {duration(counted)} that it counts is within our {duration(target)} too, so the counting differs"


REASONS: tuple[Callable[[Both], Iterator[str]], ...] = (_figure, _age, _start, _stop, _pauses, _hours, _target)
