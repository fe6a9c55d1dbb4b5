"""Intake's PSA gateway in small, as outside.md says: observe every transition once, wait for the ruling, write back.

It is a model: every read of a record brings its whole change log. Its durable state is written to intake's store in the
transaction of the facts; its memory is lost when intake ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec
from tests.schedules.checks.accepted import ACCEPTED, OPEN
from tests.schedules.psa import Desk

from desk.contract.event import Draft
from desk.contract.ticket.intake import psa as facts
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.table_writer import DbCursor, Row, TableWriter
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.testing.in_memory.reads import MemoryReads

NAMESPACE = UUID("5c0d8a3e-6f0b-4b0e-9d5c-4a1f0f7f9c11")


class Write(NamedTuple):
    """A desired state on its way: what, covering which triage ownerseq, and what the PSA then shows."""

    id: UUID
    wanted: str
    covers: int
    shows: Desk
    state: str = "planned"
    base: int = 0


class Known(NamedTuple):
    """The stored state of one record: entries seen, the status then, covers by place, the open write."""

    seen: int = 0
    status: str = ""
    covers: tuple[tuple[int, int], ...] = ()
    write: Write | None = None

    def shown(self, before: int) -> int:
        """The triage ownerseq that the PSA showed before entry `before`."""
        return max((covers for place, covers in self.covers if place < before), default=0)


TABLE = "CREATE TABLE IF NOT EXISTS schedules_known (place bigserial PRIMARY KEY, ticket text, known jsonb)"
NEWEST = "SELECT known::text FROM schedules_known WHERE ticket = %s ORDER BY place DESC LIMIT 1"
_KNOWN = msgspec.json.Decoder(Known)


def _write(cursor: DbCursor, rows: list[Row]) -> None:
    for ticket, now in rows:
        row = (ticket, msgspec.json.encode(now).decode())
        cursor.execute("INSERT INTO schedules_known (ticket, known) VALUES (%s, %s)", row)


KNOWN = TableWriter("schedules gateway", 90, _write)
"""(ticket, Known): the newest row counts."""


def known(reads: Any, ticket: str) -> Known:
    """The stored state of a ticket's record, in memory or in PostgreSQL."""
    if isinstance(reads, MemoryReads):
        rows = reads.other_rows.get(KNOWN.name, ())
        return next((row[1] for row in reversed(rows) if row[0] == ticket), Known())
    row = reads.cursor.execute(NEWEST, (ticket,)).fetchone()
    return Known() if row is None else _KNOWN.decode(row[0])


def accepted(ticket: Ticket) -> frozenset[str]:
    """Status classes that the ticket's state accepts in the PSA."""
    return ACCEPTED.get(status(ticket), OPEN)


def desired(ticket: Ticket) -> str:
    """The status class that is written when the PSA shows one that is not accepted."""
    now = status(ticket)
    if now is Status.WAITING:
        on = next((w.on for w in ticket.triage.waits.values() if w.on not in ("parent", "security")), "internal")
        return f"waiting-{on}"
    return now.value if now in (Status.RESOLVED, Status.CLOSED, Status.CANCELLED) else "open"


def unruled(ticket: Ticket) -> bool:
    """Triage has not yet answered the newest status observation, or could not."""
    return ticket.intake.status_seq > ticket.triage.last_ruled_source_seq or bool(ticket.intake.unmapped)


def observation_id(record: str, entry: int) -> UUID:
    """The fact that says what this entry of the record's change log showed."""
    return uuid5(NAMESPACE, f"{record}|{entry}|observed")


class Remember(NamedTuple):
    """Note how far a write came; `agreed`: the PSA shows already what the desk wants, which is a write-back too."""

    ticket: str
    now: Known
    agreed: tuple[int, int] | None = None

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.ticket,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> Any:
        if self.agreed is None:
            work.write(KNOWN, (self.ticket, self.now))
            return None
        place, covers = self.agreed
        work.write(KNOWN, (self.ticket, self.now._replace(covers=(*self.now.covers, self.agreed))))
        identity = uuid5(NAMESPACE, f"{self.ticket}|agreed|{place}|{covers}")
        synced = facts.PsaSynced(effect=str(identity), fields=(), shown=covers, revision=str(place))
        context = runner.by_itself(identity, self.ticket, work.replica(self.ticket).state)
        return runner.decided(work, self.ticket, [Draft(data=synced)], context, Causation(identity, stable=True))

    def on_failure(self, error: Exception) -> WorkItem[Any] | None:
        return None
