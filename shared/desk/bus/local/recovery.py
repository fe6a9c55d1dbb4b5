"""Recovers a restored store on the local bus: own facts from the peers' replicas, then the facts of their basis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog

from desk.bus import store_recovery
from desk.bus.local import peer_logs as logs
from desk.bus.local.peer_logs import NO_TIME, Copy, OwnerRange
from desk.bus.own_event_recovery import RecoveredEvents, readopt
from desk.bus.port import Apply
from desk.eventstore import relay_rows
from desk.eventstore.aggregate_id import split
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor
from desk.inbox.ports import RawRecord
from desk.signing.signature import headers_of

CHUNK, AGGREGATES = 20_000, 100
OWN_SINCE = "SELECT DISTINCT originator_id FROM stored_events WHERE own AND notification_id > %s ORDER BY 1"
log = structlog.get_logger(__name__)


def restored(event_log: EventLog, peers: Sequence[str]) -> bool:
    """Whether this store was restored: its storage changed, peers hold later facts, or a recovery was interrupted."""

    def look(cursor: DbCursor) -> bool:
        if relay_rows.recovery(cursor).since is not None or relay_rows.copied(cursor):
            return True
        mine = logs.edges(cursor, [event_log.owner])[event_log.owner]
        return logs.ahead(cursor, event_log.owner, mine, logs.existing(cursor, peers))

    return event_log.store.execute(look)


def recover(event_log: EventLog, peers: Sequence[str], apply: Apply) -> RecoveredEvents:
    """Recover own facts that any peer holds, under a new epoch, then apply the facts of their basis. May be repeated
    after an interruption. Facts that contradict the store are left out and counted."""
    store_recovery.begin(event_log)
    there = event_log.store.execute(lambda cursor: logs.existing(cursor, peers))
    total = _adopt(event_log, there)
    store_recovery.reach(event_log, event_log.store.execute(lambda cursor: logs.last_recorded(cursor, there)))
    store_recovery.start_epoch(event_log)
    for ranges in _behind(event_log):
        copies = event_log.store.execute(lambda cursor, ranges=ranges: logs.held_anywhere(cursor, ranges, there))  # type: ignore[misc]
        apply([_record(copy) for copy in copies], ())
    log.warning("own facts recovered from the peers", count=total.adopted, size=total.divergent)
    return total


def _adopt(event_log: EventLog, peers: Sequence[str]) -> RecoveredEvents:
    total, after = RecoveredEvents(), NO_TIME
    while found := event_log.store.execute(
        lambda cursor, after=after: logs.lost(cursor, event_log.owner, peers, CHUNK, after)  # type: ignore[misc]
    ):
        total += readopt(event_log, [_record(copy) for copy in found])
        after = found[-1].recorded
    return total


def _behind(event_log: EventLog) -> Iterator[list[OwnerRange]]:
    """Facts that own facts were based on and that are missing, some aggregates at a time."""
    since = event_log.store.execute(relay_rows.recovery).since
    found = event_log.store.execute(lambda cursor: [row[0] for row in cursor.execute(OWN_SINCE, (since or 0,))])
    for at in range(0, len(found), AGGREGATES):
        some = found[at : at + AGGREGATES]
        replicas = event_log.store.read(lambda reads, some=some: event_log.loader.load(reads, some))  # type: ignore[misc]
        ranges = [
            OwnerRange(aggregate, owner, replica.head(owner).seq, seq)
            for aggregate, replica in replicas.items()
            for owner, seq in replica.behind().items()
            if owner != event_log.owner
        ]
        if ranges:
            yield ranges


def _record(copy: Copy) -> RawRecord:
    stream, subject = split(copy.aggregate)
    return RawRecord(stream.topic, subject, copy.raw, headers_of(copy.signature))
