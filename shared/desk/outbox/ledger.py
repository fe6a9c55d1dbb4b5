"""The ledger of outbound calls: claims calls with a lease, and records outcomes together with own facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid5

from desk.contract.event import Event
from desk.decision.planning import OutboundCall, Outcome
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.errors import Conflict
from desk.eventstore.operations_events import record_operations_event
from desk.eventstore.table_writer import DbCursor, Row, TableWriter
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.outbox.call_events import done_id, effect_facts, fact_id
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.outbox.settlement import Settlement

COLUMNS = (
    "id, aggregate, kind, client, cause, correlation, traceparent, data, state, tries, doubted, pauses, now() - refused"
)
OPEN = "state IN ('planned', 'sent', 'unknown')"
STOPPED = (
    "EXISTS (SELECT FROM effect_stops s WHERE (s.kind IN (e.kind, '') OR starts_with(e.kind, s.kind || '/'))"
    " AND s.client IN (e.client, ''))"
)
"""A stop of `rmm` holds back every call of that kind of vendor, one of `rmm/ninja-main` those of that instance."""
TAKE = (
    "UPDATE effects SET leased = now() + %s, holder = %s WHERE id IN (SELECT id FROM effects e"  # noqa: S608
    " WHERE kind = %s AND (state = 'planned' OR state = 'sent' OR (state = 'unknown' AND %s)) AND next <= now()"
    f" AND (leased IS NULL OR leased < now()) AND NOT {STOPPED}"
    f" ORDER BY next LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING {COLUMNS}"
)
WAITING = f"SELECT {COLUMNS} FROM effects e WHERE state = 'planned' AND NOT {STOPPED} ORDER BY planned, id LIMIT %s"  # noqa: S608
SENT = (
    "UPDATE effects SET state = 'sent', tries = tries + 1, doubted = false"
    " WHERE id = %s AND tries = %s AND state IN ('planned', 'sent', 'unknown')"
)
SETTLE = (
    # a service may have a unique index on calls that were never tried or claimed: a claimed call must stay out of it
    "UPDATE effects SET state = %(state)s, detail = %(detail)s, vendor_key = coalesce(nullif(%(key)s, ''), vendor_key),"  # noqa: S608
    " next = now() + %(pause)s, pauses = pauses + 1, doubted = %(doubted)s, waiting = %(waiting)s,"
    " refused = CASE WHEN %(refused)s THEN coalesce(refused, now()) END,"
    " leased = CASE WHEN %(state)s = 'planned' AND tries = 0 THEN now() END, holder = NULL,"
    f" ended = CASE WHEN %(final)s THEN now() END WHERE id = %(id)s AND {OPEN} RETURNING 1"
)
WAKE = (
    "UPDATE effects SET next = now(), pauses = 0 WHERE id IN (SELECT id FROM effects"  # noqa: S608
    f" WHERE aggregate = ANY(%s) AND waiting AND {OPEN} FOR UPDATE SKIP LOCKED)"
)
WAKE_KIND = (
    "UPDATE effects SET next = now(), pauses = 0 WHERE id IN (SELECT id FROM effects"  # noqa: S608
    f" WHERE kind = %s AND {OPEN} AND tries > 0 FOR UPDATE SKIP LOCKED)"
)
FINAL = frozenset({"done", "failed", "superseded"})


def _settle(cursor: DbCursor, rows: list[Row]) -> None:
    for identity, to in rows:
        values = {**to._asdict(), "key": to.vendor_key, "final": to.state in FINAL, "id": identity}
        cursor.execute(SETTLE, values)
        if cursor.fetchone() is None:
            raise Conflict("another worker or an operator recorded the call's outcome")


def wake(cursor: DbCursor, aggregates: Iterable[str]) -> None:
    """Make due the calls of these aggregates that wait for another call."""
    cursor.execute(WAKE, (list(aggregates),))


def wake_kind(cursor: DbCursor, kind: str) -> None:
    """Make due the calls of a kind that were made and are to be made again. One being made now keeps its pause."""
    cursor.execute(WAKE_KIND, (kind,))


def _wake(cursor: DbCursor, rows: list[Row]) -> None:
    wake(cursor, {aggregate for (aggregate,) in rows})


OUTCOMES = TableWriter("effects settled", 40, _settle)
WOKEN = TableWriter("effects woken", 41, _wake)
"""(aggregate): a call of it has ended, and others may wait for that."""


class RecordOutcome(NamedTuple):
    """Records the outcome of a call, own facts about it, operations events and `rows`, in one transaction. `sent`: the
    call was made just now.
    """

    planned: OutboundCall
    to: Settlement
    outcome: Outcome | None
    kind: OutboundCallKind
    sent: bool = False
    rows: tuple[tuple[TableWriter, Row], ...] = ()

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.planned.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> list[Event]:
        planned = self.planned
        work.write(OUTCOMES, (planned.id, self.to))
        for writer, row in self.rows:
            work.write(writer, row)
        if self.to.state in FINAL:
            work.write(WOKEN, (planned.aggregate,))
        trace = Causation(planned.correlation, planned.cause, planned.traceparent)
        done_before = self.to.state == "done" and work.has(done_id(planned))
        # before the operations events: a store that has recovered those has recovered these as well
        events = self._facts(work, runner, trace, done_before)
        for fact in effect_facts(planned, self.kind.vendor, self.to, self.sent):
            if not work.has(fact_id(fact)):
                record_operations_event(work, runner, fact, chain=trace, identity=fact_id(fact))
        return events

    def _facts(self, work: UnitOfWork, runner: DecisionRunner, trace: Causation, done_before: bool) -> list[Event]:
        """Own facts about the outcome. A call ends once, so these facts have the same id whichever try ended it."""
        planned, state = self.planned, self.to.state
        if self.outcome is None or state not in FINAL | {"unknown"}:
            return []
        # a call ends once, however often it was tried; each doubt is a new outcome
        ended = state in FINAL
        identity = uuid5(planned.id, state if ended else f"{state}|{planned.tries + self.sent}")
        aggregate = work.replica(planned.aggregate).state
        context = runner.by_itself(identity, planned.aggregate, aggregate)
        outcome = self.outcome._replace(what="failed") if state == "failed" else self.outcome
        drafts = self.kind.facts(planned, outcome, aggregate, context)
        if ended and (planned.uncertain or done_before):
            drafts = runner.not_yet_recorded(work, planned.aggregate, drafts)
        if not drafts:
            return []
        return runner.decided(work, planned.aggregate, drafts, context, trace._replace(stable=True))

    def on_failure(self, error: Exception) -> WorkItem[list[Event]] | None:
        return None


def take(cursor: DbCursor, kind: OutboundCallKind, lease: timedelta, holder: int, limit: int) -> list[OutboundCall]:
    """Claim calls of a kind that are due and not stopped. Unknown ones only where the kind can resolve them."""
    return [OutboundCall(*row) for row in cursor.execute(TAKE, (lease, holder, kind.name, kind.resolvable, limit))]


def waiting(cursor: DbCursor, limit: int = 1000) -> list[OutboundCall]:
    """Planned calls that are not stopped, oldest first. Claims nothing."""
    return [OutboundCall(*row) for row in cursor.execute(WAITING, (limit,))]


def mark_sent(cursor: DbCursor, planned: OutboundCall) -> None:
    """Mark the call as sent, before it is made. Conflict when another worker has claimed it."""
    cursor.execute(SENT, (planned.id, planned.tries))
    if cursor.rowcount != 1:
        raise Conflict("another worker has claimed the call")
