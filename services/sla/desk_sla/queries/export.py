"""The export `/exports/sla`: one row per clock and cycle, judged by the recorded policy or by another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from desk.calendars.times import iso, to_seconds
from desk.eventstore.connections.unreadable_rows import UnreadableRow, failing
from desk.eventstore.event_log import EventLog
from desk.projections.exports.ndjson import named
from desk.projections.exports.reading import REMEDY
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.judge import Judged
from desk_sla.policies import Rules
from desk_sla.queries.ticket_histories import TicketHistory, read_histories


class Row(msgspec.Struct, frozen=True):
    """One clock of one cycle. Times are UTC; `elapsed_business` is in working seconds without pauses."""

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
    left_out: list[UnreadableRow] = []
    for ticket in read_histories(log, scope, left_out):
        try:
            judged = of_ticket(ticket, book if book is not None else rules.of(ticket.timeline), now)
        except Exception as error:
            left_out.append(failing(ticket.ticket_id, error, REMEDY))
            continue
        for row in judged:
            found.append((row.source_record or ticket.ticket_id, row.cycle, row.clock, msgspec.json.encode(row)))
    found.sort()
    yield from (line for *_, line in found)
    yield from named(left_out)


def of_ticket(ticket: TicketHistory, book: Rulebook, now: int) -> list[Row]:
    """The rows of one ticket; a ticket without a policy has one row, with verdict none."""
    judged = ticket.judged(book, now)
    name = ticket.record or ticket.ticket_id
    if not judged:
        return [Row(name, "resolution", len(ticket.past.cycles), None, "none", None, None, None)]
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
