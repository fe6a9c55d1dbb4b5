"""The steps of a recovery that are the same on every bus: begin, record the epoch, complete (rule 6).

A restored store begins a new epoch, recovers its own facts, and applies everything that its peers had recorded by then
before it decides. Only then are timers armed on the present states, and calls ended whose end is among the own facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

import structlog

from desk.contract.event import Payload, Stream, type_of
from desk.contract.streams.operations import EpochStarted
from desk.contract.streams.outbound_calls import EffectDone, EffectFailed, EffectSuperseded, EffectUnknown
from desk.eventstore import relay_rows
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.event_log import EventLog
from desk.eventstore.operations_events import record_operations_event
from desk.eventstore.table_writer import DbCursor
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem

NAMESPACE = UUID("3f0f2f2e-2f52-5a0b-8c0e-6e1f0c9a7d55")
CHUNK = 200
ENDS: tuple[type[Payload], ...] = (EffectDone, EffectFailed, EffectSuperseded, EffectUnknown)
OWN_SINCE = (
    "SELECT state FROM stored_events WHERE originator_id = %s AND own AND notification_id > %s"
    " AND topic = ANY(%s) ORDER BY originator_version"
)
AGGREGATES_SINCE = (
    "SELECT DISTINCT originator_id FROM stored_events WHERE own AND notification_id > %s AND topic = ANY(%s) ORDER BY 1"
)
END_CALLS = (
    "UPDATE effects e SET state = f.state, detail = 'recorded before the store was restored', leased = NULL,"
    " ended = f.recorded, vendor_key = coalesce(f.external, e.vendor_key) FROM (SELECT DISTINCT ON (effect) * FROM"
    " (SELECT notification_id, recorded, split_part(split_part(topic, '.', 3), '-', 2) AS state,"
    " (convert_from(state, 'UTF8')::json -> 'data' ->> 'effect')::uuid AS effect,"
    " convert_from(state, 'UTF8')::json -> 'data' ->> 'external' AS external"
    " FROM stored_events WHERE own AND notification_id > %s AND originator_id = %s AND topic = ANY(%s)) AS reported"
    " ORDER BY effect, notification_id DESC) AS f"
    " WHERE e.id = f.effect AND e.state IN ('planned', 'sent', 'unknown') AND f.state <> 'unknown'"
)
log = structlog.get_logger(__name__)


class StartEpoch(NamedTuple):
    """Records once that this epoch began."""

    epoch: str

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> None:
        identity = uuid5(NAMESPACE, self.epoch)
        if not work.has(identity):
            record_operations_event(work, runner, EpochStarted(epoch=self.epoch, reason="restored"), identity=identity)

    def on_failure(self, error: Exception) -> WorkItem[None] | None:
        return None


class ArmAgain(NamedTuple):
    """Arms the timers of the recovered own facts of an aggregate."""

    aggregate: str
    since: int

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> None:
        arguments = (self.aggregate, self.since, runner.tables.arming)
        raws = work.read(lambda reads: [row[0] for row in reads.cursor.execute(OWN_SINCE, arguments)])
        runner.arm_again(work, self.aggregate, map(runner.language.decode, raws))

    def on_failure(self, error: Exception) -> WorkItem[None] | None:
        return None


def begin(event_log: EventLog) -> None:
    """Begin a recovery; nothing is decided here until `complete`. Blocks."""
    event_log.store.execute(relay_rows.begin)
    event_log.look_for_recovery()
    log.warning("the store was restored: own facts are recovered before anything is decided", owner=event_log.owner)


def reach(event_log: EventLog, peers: datetime | None) -> None:
    """Note that the calls of facts recorded by now, here or by the peers (`peers`: their latest), may have been made.
    Blocks."""
    now = event_log.ticks.tick()
    until = now if peers is None else max(now, peers)
    event_log.store.execute(lambda cursor: relay_rows.reach(cursor, until))
    event_log.look_for_recovery()


def start_epoch(event_log: EventLog) -> None:
    """Record that the epoch began, after the recovered own facts. Blocks."""
    epoch = event_log.store.execute(relay_rows.recovery).epoch
    event_log.writer.submit_wait(StartEpoch(epoch))


def complete(event_log: EventLog) -> None:
    """Complete a recovery when everything is applied: arm timers, end calls whose end is recorded, decide again.
    Blocks."""
    since = event_log.store.execute(relay_rows.recovery).since
    if since is None:
        return
    for aggregates in _chunks(event_log, since):
        for outcome in event_log.writer.together([ArmAgain(one, since) for one in aggregates]).result():
            if outcome.error is not None:
                raise outcome.error
    event_log.store.execute(lambda cursor: _end_calls(cursor, event_log.owner, since))
    event_log.store.execute(relay_rows.complete)
    event_log.look_for_recovery()
    log.info("the store is recovered", owner=event_log.owner)


def _chunks(event_log: EventLog, since: int) -> Iterator[list[str]]:
    arguments = (since, event_log.tables.arming)
    found = event_log.store.execute(lambda cursor: [row[0] for row in cursor.execute(AGGREGATES_SINCE, arguments)])
    return (found[at : at + CHUNK] for at in range(0, len(found), CHUNK))


def _end_calls(cursor: DbCursor, owner: str, since: int) -> None:
    topics = [type_of(payload, owner) for payload in ENDS]
    cursor.execute(END_CALLS, (since, aggregate_of(Stream.OPS, owner), topics))
