"""What a change of the goal does to a clock."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from .calendar import Calendar
from .calendar_document import Span
from .clock import Clock, Retarget, Revision
from .running import Running


class Crossing(msgspec.Struct, frozen=True):
    """Elapsed reaches a need at ``reached``; it counts at ``at``: not before its revision, not while paused."""

    reached: int
    at: int


def revisions(clock: Clock, calendar: Calendar, mask: tuple[Span, ...], until: int) -> tuple[Revision, ...]:
    """The targets that had come into force by ``until``, each with its due time."""
    found = [
        Revision(
            rev=1,
            at=clock.starts_at,
            target=clock.target,
            mode="start",
            cause="",
            origin=clock.starts_at,
            carried=0,
            calendar=calendar,
        )
    ]
    for change in _in_order(clock.retargets, until):
        found.append(_changed(clock, found[-1], change, mask))
    return tuple(msgspec.structs.replace(rev, due=_due(rev, mask)) for rev in found)


def used(rev: Revision, mask: tuple[Span, ...], at: int) -> int:
    """Seconds of the target of ``rev`` that are used at ``at``."""
    return rev.carried + Running(rev.calendar, mask).worked(rev.origin, at)


def crossing(rev: Revision, need: int, mask: tuple[Span, ...]) -> Crossing | None:
    """When ``need`` seconds of the target are used under ``rev``; None = never, as things stand."""
    running = Running(rev.calendar, mask)
    reached = running.reach(rev.origin, need - rev.carried)
    if reached is None:
        return None
    return Crossing(reached=reached, at=running.resumed(rev.at) if reached <= rev.at else reached)


def _in_order(changes: Iterable[Retarget], until: int) -> list[Retarget]:
    return sorted((change for change in changes if change.at <= until), key=lambda change: change.at)


def _changed(clock: Clock, old: Revision, change: Retarget, mask: tuple[Span, ...]) -> Revision:
    at = max(change.at, clock.starts_at)
    calendar = change.calendar or old.calendar
    spent = used(old, mask, at)
    origin, carried, target = at, 0, change.target
    if change.mode == "retroactive":
        origin = clock.starts_at
    elif change.mode == "forward":
        # Whole seconds, rounded down: a change never takes more than what was used.
        carried = spent * target // old.target if target and old.target else 0
    elif change.mode == "extension" and change.due is not None:
        carried, target = spent, spent + calendar.elapsed_s(at, change.due)
    return Revision(
        rev=old.rev + 1,
        at=at,
        target=target,
        mode=change.mode,
        cause=change.cause,
        origin=origin,
        carried=carried,
        calendar=calendar,
    )


def _due(rev: Revision, mask: tuple[Span, ...]) -> int | None:
    if rev.target is None:
        return None
    return Running(rev.calendar, mask).reach(rev.origin, rev.target - rev.carried)
