"""One service's event store with cache, decisions and writer."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from desk.clock import Clock, HybridClock, SystemClock, Uuid7
from desk.contract.event import Stream
from desk.decision.context import Policies
from desk.decision.event_model import EventModel
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.aggregate_replica import CACHED, Cache, Replica
from desk.eventstore.connections.presence import Presence
from desk.eventstore.envelope_factory import EnvelopeFactory
from desk.eventstore.handler_registry import Tables
from desk.eventstore.relay_rows import recovery
from desk.eventstore.snapshots import EVERY, Loader
from desk.eventstore.store import Store
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.eventstore.unit_of_work.decision_runner import NEVER, DecisionRunner
from desk.eventstore.unit_of_work.group_commit import GroupCommit
from desk.eventstore.unit_of_work.writer import Writer
from desk.signing.signatures import Signatures
from desk.supervision.loops import Loops
from desk.telemetry.logs import described

Listener = Callable[[list[AppliedEvent]], None]
log = structlog.get_logger(__name__)


class EventLog:
    """The event store of `owner` in the schema of the same name. `start` begins to write; `stop` commits what is
    queued.

    `cached` limits the replicas in memory, `snapshot_every` counts facts between snapshots (0: none). `loops` are the
    background loops of this process that work on it. `signatures` sign own facts and judge those of the peers; None:
    facts are neither signed nor judged.
    """

    def __init__(
        self,
        url: str,
        owner: str,
        language: EventModel,
        tables: Tables,
        policies: Policies,
        clock: Clock | None = None,
        *,
        cached: int = CACHED,
        snapshot_every: int = EVERY,
        signatures: Signatures | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self.owner, self.language, self.tables, self.clock = owner, language, tables, clock
        self.store = Store(url, owner, tables.views)
        self.ticks = HybridClock(clock)
        factory = EnvelopeFactory(owner, language, self.ticks, Uuid7(clock))
        self.runner = DecisionRunner(owner, tables, factory, policies, clock, self.ticks)
        self.signatures = self.runner.signatures = signatures
        self.store.sign = None if signatures is None else signatures.sign
        self.cache = Cache(cached)
        self.loader = Loader(language, owner, snapshot_every)
        self.listeners: list[Listener] = []
        self.loops = Loops(owner)
        self.presence = Presence(self.store)
        self.committer = GroupCommit(self.store, self.runner, self.loader, self.cache, self._notify)
        self.writer = Writer(self.committer, self.loops)

    def start(self) -> None:
        """Begin after the last recorded fact: new facts get later times than every recorded one."""
        _, recorded = self.store.read(lambda reads: reads.last())
        if recorded is not None:
            self.ticks.observe(recorded)
        self.look_for_divergence()
        self.look_for_recovery()
        self.writer.start()

    def look_for_divergence(self) -> None:
        """Read from the parking table which aggregates are blocked because their histories diverge."""
        self.runner.stopped = self.store.execute(_diverged)

    def look_for_recovery(self) -> None:
        """Read from the relay's row whether the store was restored, and up to when its history may be incomplete."""
        found = self.store.execute(recovery)
        self.runner.recovering = found.since is not None
        self.runner.recovered = found.until or NEVER

    def stop(self) -> None:
        """Commit what is queued, then close."""
        self.writer.stop()
        self.presence.release()
        self.store.close()

    def replica(self, stream: Stream, subject: str) -> Replica:
        """The aggregate as committed now, including facts of other processes of this service."""
        aggregate = aggregate_of(stream, subject)
        cached = self.cache.get(aggregate)
        if cached is None:
            return self.store.read(lambda reads: self.loader.load(reads, [aggregate]))[aggregate]
        return self.store.read(lambda reads: self.loader.catch_up(reads, {aggregate: cached}))[aggregate]

    def _notify(self, changes: list[AppliedEvent]) -> None:
        for listener in self.listeners:
            try:
                listener(changes)
            except Exception as error:
                # the facts are recorded, and the other listeners must see them
                log.error("a listener failed", **described(error))


def _diverged(cursor: DbCursor) -> set[str]:
    """Aggregates that are blocked because an owner's history is not the one held here."""
    query = "SELECT DISTINCT aggregate FROM parked WHERE state = 'waiting' AND cause IN ('divergence', 'chain')"
    return {row[0] for row in cursor.execute(query)}
