"""Applies changes of the goal to a clock."""

from __future__ import annotations

from typing import NamedTuple

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import Span

from .clock import Clock, Retarget, Revision
from .running import Course


class Crossing(NamedTuple):
    """The instant ``reached`` at which elapsed reaches a number of seconds. It counts at ``at``: not before its
    revision, and not while paused.
    """

    reached: int
    at: int


class Line(NamedTuple):
    """A revision with the running time since its origin."""

    rev: Revision
    course: Course

    def used(self, at: int) -> int:
        """Seconds of the target used at ``at``."""
        return self.rev.carried + self.course.worked(at)

    def crossing(self, need: int) -> Crossing | None:
        """When ``need`` seconds of the target are used; None = never, unless something changes."""
        reached = self.rev.due if need == self.rev.target else self.course.reach(need - self.rev.carried)
        if reached is None:
            return None
        return Crossing(reached, self.course.resumed(self.rev.at) if reached <= self.rev.at else reached)


def revisions(clock: Clock, calendar: Calendar, mask: tuple[Span, ...], until: int) -> tuple[Line, ...]:
    """The targets that had come into force by ``until``, each with its due time."""
    start = clock.starts_at
    lines = [_line(1, start, clock.target, "start", "", Course(calendar, mask, start), 0)]
    changes = sorted((change for change in clock.retargets if change.at <= until), key=lambda change: change.at)
    for change in changes:
        lines.append(_changed(clock, lines[-1], change, mask))
    return tuple(lines)


def _changed(clock: Clock, old: Line, change: Retarget, mask: tuple[Span, ...]) -> Line:
    at = max(change.at, clock.starts_at)
    calendar = change.calendar or old.rev.calendar
    spent = old.used(at)
    origin, carried, target = at, 0, change.target
    if change.mode == "retroactive":
        origin = clock.starts_at
    elif change.mode == "forward":
        # Whole seconds, rounded down: a change never takes more than what was used.
        carried = spent * target // old.rev.target if target and old.rev.target else 0
    elif change.mode == "extension" and change.due is not None:
        carried, target = spent, spent + calendar.elapsed_s(at, change.due)
    return _line(old.rev.rev + 1, at, target, change.mode, change.cause, Course(calendar, mask, origin), carried)


def _line(rev: int, at: int, target: int | None, mode: str, cause: str, course: Course, carried: int) -> Line:
    due = None if target is None else course.reach(target - carried)
    revision = Revision(
        rev=rev,
        at=at,
        target=target,
        mode=mode,  # type: ignore[arg-type]
        cause=cause,
        origin=course.origin,
        carried=carried,
        calendar=course.calendar,
        due=due,
    )
    return Line(revision, course)
