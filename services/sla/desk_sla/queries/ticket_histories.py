"""Reads every ticket's timeline and recorded verdicts, ticket by ticket with bounded memory.

Only facts that clocks depend on are read, less than half of an imported log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from psycopg.rows import tuple_row

from desk.contract.event import Event, Origin, Payload, type_of
from desk.contract.ticket import sla
from desk.contract.ticket.intake.facts import TicketAdopted, TicketOpened
from desk.contract.ticket.intake.psa_record import PsaLinked
from desk.eventstore.connections.unreadable_rows import UnreadableRow, failing
from desk.eventstore.event_log import EventLog
from desk.projections.exports.reading import REMEDY
from desk_sla.clocks import evolve, timeline
from desk_sla.clocks.history import history
from desk_sla.clocks.timeline import Timeline
from desk_sla.decisions.clock_state import of_history
from desk_sla.engine.goals import Rulebook, subject_at
from desk_sla.engine.history import History
from desk_sla.engine.judge import Judged, judge

KINDS: list[type[Payload]] = [
    *evolve.INTAKE,
    *evolve.TRIAGE,
    *evolve.DOCS,
    *sla.EVOLVE,
    TicketAdopted,
    PsaLinked,
]
ASKED = [type_of(kind) for kind in KINDS]
FACTS = (
    "SELECT originator_id, state FROM stored_events WHERE topic = ANY(%s) AND strpos(originator_id, ':') = 0"
    " ORDER BY originator_id, originator_version"
)
PAGE = 5000


class TicketHistory(NamedTuple):
    """One ticket with its history, timeline and sla slice."""

    ticket_id: str
    record: str | None
    origin: Origin
    adopted: datetime | None
    timeline: Timeline
    slice: sla.SlaSlice
    past: History

    @property
    def client(self) -> str:
        """Its present client."""
        return subject_at(self.past, self.timeline.latest).client or ""

    @property
    def priority(self) -> str | None:
        """Its present priority."""
        return self.timeline.triage.priorities[-1].value if self.timeline.triage.priorities else None

    def judged(self, book: Rulebook, now: int) -> tuple[Judged, ...]:
        """All clocks: of a live ticket as of `now`, of imported history as of its newest fact."""
        if self.origin != "import":
            return judge(self.past, book, max(now, self.timeline.latest))
        at = self.timeline.latest if self.adopted is None else max(now, self.timeline.latest)
        return of_history(judge(self.past, book, at), self.adopted)


def read_histories(
    log: EventLog, scope: Sequence[str] | None, left_out: list[UnreadableRow]
) -> Iterator[TicketHistory]:
    """Every ticket that was opened, by ticket id; with `scope` only those of these clients.

    Tickets that cannot be folded go to `left_out`, but only when `scope` is None: their client cannot be read either.
    """
    for ticket_id, rows in groupby(_rows(log), key=lambda row: row[0]):
        raws = [raw for _, raw in rows]
        try:
            ticket = folded(ticket_id, map(log.language.decode, raws))
        except Exception as error:
            if scope is None:
                left_out.append(failing(ticket_id, error, REMEDY))
            continue
        if ticket is not None and (scope is None or ticket.client in scope):
            yield ticket


def folded(ticket_id: str, events: Iterable[Event]) -> TicketHistory | None:
    """Fold one ticket from its facts in the order recorded here; None before `ticket-opened`."""
    ticket_timeline, slice_ = timeline.INITIAL, sla.INITIAL
    record, origin, adopted = None, "live", None
    for event in events:
        ticket_timeline, data = evolve.evolve(ticket_timeline, event), event.data
        if event.owner == "sla":
            slice_ = sla.evolve(slice_, event)
        elif isinstance(data, TicketOpened):
            record, origin = record or data.record, event.origin
        elif isinstance(data, PsaLinked):
            record = data.record
        elif isinstance(data, TicketAdopted):
            adopted = data.cut_over
    past = history(ticket_timeline)
    return None if past is None else TicketHistory(ticket_id, record, origin, adopted, ticket_timeline, slice_, past)  # type: ignore[arg-type]


def _rows(log: EventLog) -> Iterator[tuple[Any, ...]]:  # Any: columns of a row, in the order of the query
    with (
        log.store.datastore.get_connection() as connection,
        connection.transaction(),
        connection.cursor(name="lives", row_factory=tuple_row) as cursor,
    ):
        cursor.itersize = PAGE
        yield from cursor.execute(FACTS.encode(), (ASKED,))
