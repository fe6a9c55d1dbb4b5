"""Results over all cycles of a ticket, and the division of elapsed time among the teams that held it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from desk.calendars.calendar import HORIZON_END

from .clock import Position, Stretch
from .history import Holder
from .judge import Judged


class Cycles(msgspec.Struct, frozen=True):
    """Resolution over cycles, in working seconds: the ``first`` result stays, ``last`` is of the newest cycle.

    Time between a resolution and a reopening is in neither. None = that clock has not stopped.
    """

    first: int | None
    last: int | None
    cumulative: int
    count: int


class Share(msgspec.Struct, frozen=True):
    """Seconds of the elapsed time while ``team`` held the ticket; None = nobody."""

    team: str | None
    seconds: int


def over_cycles(judged: Sequence[Judged]) -> Cycles:
    """First, last and cumulative of the resolution clocks."""
    mine = sorted((one for one in judged if one.family == "resolution"), key=lambda one: one.cycle)
    results = [one.position.elapsed if one.position.stopped_at is not None else None for one in mine]
    return Cycles(
        first=results[0] if results else None,
        last=results[-1] if results else None,
        cumulative=sum(one.position.elapsed for one in mine),
        count=len(mine),
    )


def shares(position: Position, holders: Sequence[Holder]) -> tuple[Share, ...]:
    """The elapsed time by team, in order of appearance; adds up to ``position.elapsed`` exactly.

    Seconds carried over by a forward change divide as the running time before it did, by largest remainder.
    """
    rev = position.revision
    before, after = _worked(position, holders, carried=True), _worked(position, holders, carried=False)
    teams = list(dict.fromkeys([*before, *after]))
    carried = _divided(rev.carried, [before.get(team, 0) for team in teams])
    found = [Share(team, after.get(team, 0) + extra) for team, extra in zip(teams, carried, strict=True)]
    return tuple(one for one in found if one.seconds) or (Share(None, 0),)


def _worked(position: Position, holders: Sequence[Holder], *, carried: bool) -> dict[str | None, int]:
    kind = "carried" if carried else "running"
    calendar = position.revision.calendar
    total: dict[str | None, int] = {}
    for part in position.stretches:
        if part.kind == kind:
            for team, start, end in _held(part, holders):
                total[team] = total.get(team, 0) + calendar.elapsed_s(start, end)
    return total


def _held(part: Stretch, holders: Sequence[Holder]) -> list[tuple[str | None, int, int]]:
    """The stretch cut at each change of hands."""
    hands = [Holder(-1, None), *sorted(holders, key=lambda holder: holder.at)]
    borders = [*(holder.at for holder in hands[1:]), HORIZON_END + 1]
    cut = ((hand.team, max(part.start, hand.at), min(part.end, end)) for hand, end in zip(hands, borders, strict=True))
    return [(team, start, end) for team, start, end in cut if start < end]


def _divided(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` in whole parts proportional to the weights; all to the first when they are all zero."""
    whole = sum(weights)
    if not whole:
        return [total, *(0 for _ in weights[1:])] if weights else []
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts
