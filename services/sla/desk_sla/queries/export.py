"""`/exports/sla`: one row per clock and cycle, judged by the policy that was recorded, or by another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from desk.calendars.times import iso, to_seconds
from desk.eventstore.connections.instants import Unreadable, failing
from desk.eventstore.event_log import EventLog
from desk.http.reads.exports import named
from desk.projections.exports.reading import REMEDY
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.judge import Judged
from desk_sla.policies import Rules
from desk_sla.queries.ticket_histories import Life, lives


class Row(msgspec.Struct, frozen=True):
    """One clock of one cycle. Times UTC; `elapsed_business` in seconds of the calendar without pauses."""

    source_record: str | None
    clock: str
    cycle: int
    policy: str | None
    verdict: str
    due: str | None
    elapsed_business: int | None
    elapsed_wall: int | None


def rows(log: EventLog, rules: Rules, book: Rulebook | None, scope: Sequence[str] | None = None) -> Iterator[bytes]:
    """All rows as JSON, by source record, cycle and clock. `book` None: each ticket's own documents.

    Tickets that cannot be judged are named in lines at the end.
    """
    now, found = to_seconds(log.clock.now()), []
    left_out: list[Unreadable] = []
    for life in lives(log, scope, left_out):
        try:
            judged = of_ticket(life, book if book is not None else rules.of(life.timeline), now)
        except Exception as error:
            left_out.append(failing(life.ticket_id, error, REMEDY))
            continue
        for row in judged:
            found.append((row.source_record or life.ticket_id, row.cycle, row.clock, msgspec.json.encode(row)))
    found.sort()
    yield from (line for *_, line in found)
    yield from named(left_out)


def of_ticket(life: Life, book: Rulebook, now: int) -> list[Row]:
    """The rows of one ticket; a ticket that no policy speaks of has one row, verdict none."""
    judged = life.judged(book, now)
    name = life.record or life.ticket_id
    if not judged:
        return [Row(name, "resolution", len(life.past.cycles), None, "none", None, None, None)]
    return [_row(name, one) for one in judged]


def _row(name: str, one: Judged) -> Row:
    stands, chosen = one.position, one.aims[-1].chosen
    return Row(
        source_record=name,
        clock=one.name,
        cycle=one.cycle,
        policy=chosen.policy.id if chosen is not None else None,
        verdict=stands.verdict,
        due=None if stands.due is None else iso(stands.due),
        elapsed_business=stands.elapsed,
        elapsed_wall=stands.elapsed_wall,
    )
