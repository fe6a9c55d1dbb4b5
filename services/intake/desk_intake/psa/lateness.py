"""Which states that come to light late nobody saw at their time. Pure.

Only the status of such a state matters: fields that are shown now are not taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from desk.ticket.intake.psa import StatusClass
from desk_intake.psa.port import Seen


class Point(NamedTuple):
    """One state of a record: when it changed, its status with its class, its revision, who wrote it."""

    at: datetime
    status: str | None
    status_class: StatusClass
    revision: str
    by: str
    own: bool

    @classmethod
    def of(cls, seen: Seen) -> Point:
        return cls(seen.at, seen.fields["status"], seen.status_class, seen.revision, seen.by, seen.own)


def unseen(late: Sequence[Seen], timeline: Sequence[Point]) -> Iterator[tuple[Point, str | None]]:
    """(state, status before it) of those that fall between two states that were seen, and differ from both.

    Both are given oldest first. The last states of such a gap that have the status seen after the gap are the
    transition that was seen then, only a little later than it happened. Where the gap began and ended with the same
    status, its end is a transition too that nobody had noticed.
    """
    for before, after, states in _gaps(late, timeline):
        start = current = before.status if before else None
        while after is not None and states and states[-1].status == after.status:
            states = states[:-1]
        for point in states:
            if point.status != current:
                yield point, current
                current = point.status
        if before and after and not after.own and after.status == start != current:
            yield after, current


def _gaps(late: Sequence[Seen], timeline: Sequence[Point]) -> Iterator[tuple[Point | None, Point | None, list[Point]]]:
    """What was seen before and after each stretch of unknown states, and these states."""
    known = {point.revision for point in timeline}
    shown = {(point.at, point.status) for point in timeline}
    points = [Point.of(seen) for seen in late if not seen.own and seen.revision not in known]
    news = [point for point in points if (point.at, point.status) not in shown]
    edges: list[Point | None] = [None, *timeline, None]
    for before, after in pairwise(edges):
        states = [p for p in news if (not before or p.at > before.at) and (not after or p.at < after.at)]
        if states:
            yield before, after, states
