"""Computes attainment under another policy, next to the recorded one. Nothing is recorded or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from desk.calendars.times import duration, iso
from desk.contract.ticket.sla.slice import Clock
from desk.eventstore.connections.unreadable_rows import UnreadableRow, failing
from desk.eventstore.event_log import EventLog
from desk.projections.exports.reading import REMEDY
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.judge import Judged
from desk_sla.engine.policies.document import Family
from desk_sla.queries.ticket_histories import TicketHistory, read_histories
from desk_sla.responses import Attained, AttainedByGroup, DifferingClock, WhatIfAnswer

Side = Literal["recorded", "what_if"]


class Counted:
    """Gathers verdicts of both sides."""

    def __init__(self, most: int) -> None:
        self.tickets, self.differ, self.most = 0, 0, most
        self.differing: list[DifferingClock] = []
        self.groups: dict[tuple[str, str, str], dict[Side, Counter[str]]] = {}

    def add(self, ticket: TicketHistory, family: str, side: Side, verdict: str) -> None:
        key = (ticket.client, ticket.priority or "", family)
        group = self.groups.setdefault(key, {"recorded": Counter(), "what_if": Counter()})
        group[side][verdict] += 1

    def differs(self, found: DifferingClock) -> None:
        self.differ += 1
        if len(self.differing) < self.most:
            self.differing.append(found)


def what_if(
    log: EventLog, book: Rulebook, period: tuple[int, int], now: int, most: int, scope: Sequence[str] | None = None
) -> WhatIfAnswer:
    """Judge every ticket opened in [from, to) by `book`, and compare with the recorded verdicts."""
    start, end = period
    counted = Counted(most)
    left_out: list[UnreadableRow] = []
    for ticket in read_histories(log, scope, left_out):
        if start <= ticket.past.cycles[0].start < end:
            try:
                judged = ticket.judged(book, now)
            except Exception as error:
                left_out.append(failing(ticket.ticket_id, error, REMEDY))
                continue
            counted.tickets += 1
            _compare(ticket, judged, counted)
    groups = [
        AttainedByGroup(client, priority or None, clock, _attained(sides["recorded"]), _attained(sides["what_if"]))
        for (client, priority, clock), sides in sorted(counted.groups.items())
    ]
    unreadable = left_out or msgspec.UNSET
    return WhatIfAnswer(book.policies[0].id, counted.tickets, groups, counted.differ, counted.differing, unreadable)


def _compare(ticket: TicketHistory, judged: Sequence[Judged], counted: Counted) -> None:
    other = {(one.name, one.cycle): one for one in judged}
    recorded_clocks = {(clock.clock, clock.cycle): clock for clock in ticket.slice.clocks.values()}
    for key in sorted({*other, *recorded_clocks}):
        one, clock = other.get(key), recorded_clocks.get(key)
        before = "none" if clock is None else recorded_verdict(clock)
        after = "none" if one is None else one.position.verdict
        family = one.family if one is not None else _family(key[0])
        counted.add(ticket, family, "recorded", before)
        counted.add(ticket, family, "what_if", after)
        if before != after:
            why = _why(one, clock)
            counted.differs(DifferingClock(ticket.ticket_id, ticket.record, *key, before, after, why))


def recorded_verdict(clock: Clock) -> str:
    """The recorded verdict: met, breached, open or none."""
    if clock.verdict is not None:
        return clock.verdict.kind
    return "none" if clock.cancelled is not None else "open"


def _family(name: str) -> Family:
    return name.partition(":")[0]  # type: ignore[return-value]


def _why(one: Judged | None, clock: Clock | None) -> str:
    was = "no such clock was recorded" if clock is None else f"recorded target {duration(clock.seconds)}"
    if one is None:
        return f"{was}; the policy has no such clock"
    stands = one.position
    target = stands.revision.target
    goal = "no SLA" if target is None else f"target {duration(target)} of {stands.revision.calendar.id}"
    due = "" if stands.due is None else f", due {iso(stands.due)}"
    return f"{was}; {goal}, {duration(stands.elapsed)} used{due}"


def _attained(counts: Counter[str]) -> Attained:
    met, breached = counts["met"], counts["breached"]
    share = met * 10_000 // (met + breached) / 100 if met + breached else None
    return Attained(met, breached, counts["open"], share)
