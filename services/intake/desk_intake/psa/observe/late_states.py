"""Which states that come to light late nobody saw at their time. Pure.

Only the status of such a state matters: fields that are shown now are not taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.psa.port import ObservedTicket


class StatusPoint(NamedTuple):
    """One state of a record: when it changed, its status with its class, its revision, who wrote it.

    `told`: its status was observed as a transition.
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
    """(state, status before it) of the transitions that were never observed.

    Everything that was seen, early and late, is put in order. States with one status in a row are one stay in it: it
    needs one observation, which may have been made at any of them; our own writes need none.
    """
    recorded = {point.revision for point in timeline}
    news = [point for point in map(StatusPoint.of, late) if point.revision not in recorded]
    before: str | None = None
    for status, stay in groupby(sorted([*timeline, *news], key=lambda p: p.at), key=lambda p: p.status):
        points = list(stay)
        if not any(point.reported or point.own for point in points):
            yield points[0], before
        before = status
