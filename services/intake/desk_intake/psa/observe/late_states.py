"""Finds transitions among states that were read late and that no observation covers yet. Pure.

Only the status of such a state is observed: the current values of other fields are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.psa.observed_record_types import ObservedTicket


class StatusPoint(NamedTuple):
    """One state of a record: when it changed, its status with its class, its revision, who wrote it.

    `reported`: its status was observed as a transition.
    """

    at: datetime
    status: str | None
    status_class: StatusClass
    revision: str
    by: str
    own: bool
    reported: bool = False

    @classmethod
    def of(cls, seen: ObservedTicket) -> StatusPoint:
        return cls(seen.at, seen.fields["status"], seen.status_class, seen.revision, seen.by, seen.own)


def unobserved_transitions(
    late: Sequence[ObservedTicket], timeline: Sequence[StatusPoint]
) -> Iterator[tuple[StatusPoint, str | None]]:
    """(state, status before it) of transitions that were never observed.

    All states, recorded and late, are sorted by time. Consecutive states with one status form one stay. A stay needs
    one observation, made at any of its states; stays that contain a write of ours need none.
    """
    recorded = {point.revision for point in timeline}
    news = [point for point in map(StatusPoint.of, late) if point.revision not in recorded]
    before: str | None = None
    for status, stay in groupby(sorted([*timeline, *news], key=lambda p: p.at), key=lambda p: p.status):
        points = list(stay)
        if not any(point.reported or point.own for point in points):
            yield points[0], before
        before = status
