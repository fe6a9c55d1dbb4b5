"""Recovers a restored store from its topics, which may hold own facts that the store lost (rule 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from desk.bus import store_recovery
from desk.bus.kafka.background_tasks import require_tasks
from desk.bus.kafka.cluster_metadata import Cluster
from desk.bus.kafka.offsets import Places, dropped, starts
from desk.bus.kafka.rebalance import Located
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.kafka.startup_checks import SHORT_LIVED
from desk.bus.own_event_recovery import RecoveredEvents, readopt
from desk.bus.records import ClientRecord, raw_record
from desk.eventstore import relay_rows
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor
from desk.inbox.ports import RawRecord
from desk.inbox.positions import POSITIONS, read_positions
from desk.inbox.vouching import judged

CHUNK = 2000
log = structlog.get_logger(__name__)


async def locate(event_log: EventLog, cluster: Cluster, partitions: Sequence[TopicPartition]) -> Located:
    """The offsets at which this store begins these partitions: after the records applied, per topic id."""
    ids, ends, beginnings = await cluster.ids(), await cluster.ends(), await cluster.beginnings()
    saved = await asyncio.to_thread(event_log.store.execute, read_positions)
    lost = dropped(partitions, saved, ids, beginnings)
    if lost:
        await asyncio.to_thread(_count_dropped, event_log, lost, ids)
    return Located(starts(partitions, saved, ids, beginnings, ends), ids)


def _count_dropped(event_log: EventLog, lost: Places, ids: Mapping[str, str]) -> None:
    """Log and count once that records were dropped before they were read; they are fetched from their owners.
    Operations events have a limited retention, and are fetched when the next one reveals a gap."""
    counted = {tp: count for tp, count in lost.items() if not tp.topic.endswith(tuple(SHORT_LIVED))}
    for tp, count in counted.items():
        log.error("a topic dropped records before they were read", topic=tp.topic, partition=tp.partition, count=count)

    def work(cursor: DbCursor) -> None:
        saved = read_positions(cursor)
        places = {tp: (tp.topic, ids.get(tp.topic, ""), tp.partition) for tp in lost}
        POSITIONS.write(cursor, [(*place, saved.get(place, 0) + lost[tp]) for tp, place in places.items()])
        relay_rows.add_dropped(cursor, sum(counted.values()))

    event_log.store.execute(work)


def begin_if_restored(event_log: EventLog) -> bool:
    """Begin a recovery when the store's own rows prove a restore, or continue an interrupted one; whether one is in
    progress. Blocks."""
    if event_log.store.execute(relay_rows.copied):
        store_recovery.begin(event_log)
    return event_log.runner.recovering


async def recover(event_log: EventLog, settings: KafkaSettings, cluster: Cluster) -> RecoveredEvents:
    """Recover own facts that the store lacks, under a new epoch if there are any.

    Reads each partition from this store's offset: lost facts were published after it. A store that keeps up reads next
    to nothing, a new one its topics once. Facts that contradict the store are left out and counted; peers will park
    them as divergence, too. KafkaError or LogError: try again. `store_recovery.complete` ends the recovery, when
    everything up to the present ends is applied.
    """
    ends = await cluster.ends()
    begins = (await locate(event_log, cluster, cluster.partitions)).starts
    total, latest = RecoveredEvents(), None
    unread = {tp: offset for tp, offset in begins.items() if offset < ends[tp]}
    if unread:
        total, latest = await _read(event_log, settings, unread, ends)
    if event_log.runner.recovering:
        await asyncio.to_thread(store_recovery.reach, event_log, latest)
        await asyncio.to_thread(store_recovery.start_epoch, event_log)
    if total != RecoveredEvents():
        log.warning("own facts recovered from the bus", count=total.adopted, size=total.divergent)
    return total


async def _read(
    event_log: EventLog, settings: KafkaSettings, begins: Places, ends: Places
) -> tuple[RecoveredEvents, datetime | None]:
    """The own facts recovered, and the latest recordedtime of all facts."""
    client = AIOKafkaConsumer(**settings.client(f"desk-{event_log.owner}-recovery"), enable_auto_commit=False)
    source = f"/desk/{event_log.owner}".encode()
    total, left, latest = RecoveredEvents(), dict(begins), Latest(event_log)
    try:
        await client.start()
        client.assign(list(begins))
        for partition, offset in begins.items():
            client.seek(partition, offset)
        while left:
            require_tasks(client)
            found = await client.getmany(timeout_ms=500, max_records=CHUNK)
            records = [record for chunk in found.values() for record in chunk]
            own = [raw_record(record, settings.prefix) for record in records if ("source", source) in record.headers]
            total += await asyncio.to_thread(_recovered, event_log, own) if own else RecoveredEvents()
            latest.observe(records)
            for partition in list(left):
                if await client.position(partition) >= ends[partition]:
                    del left[partition]
                    client.pause(partition)
    finally:
        await client.stop()
    return total, latest.recorded()


def _recovered(event_log: EventLog, own: Sequence[RawRecord]) -> RecoveredEvents:
    if not event_log.runner.recovering and _forgotten(event_log, own):
        store_recovery.begin(event_log)
    return readopt(event_log, own, event_log.signatures) if event_log.runner.recovering else RecoveredEvents()


def _forgotten(event_log: EventLog, own: Sequence[RawRecord]) -> bool:
    """Whether the store lacks one of these facts; what it has not signed proves nothing."""
    found = (one.event for one in judged(own, event_log.language, event_log.signatures) if one.cause is None)
    ids = {event.id for event in found if event is not None and event.owner == event_log.owner}
    return len(event_log.store.read(lambda reads: reads.places(list(ids)))) < len(ids)


class Latest:
    """Finds the latest recordedtime from the last record of each source in each partition: an owner's times only
    grow."""

    def __init__(self, event_log: EventLog) -> None:
        self._decode = event_log.language.decode
        self._last: dict[tuple[TopicPartition, bytes], bytes] = {}

    def observe(self, records: Sequence[ClientRecord]) -> None:
        """Observe more records, in order."""
        for record in records:
            source = next((value for name, value in record.headers if name == "source"), b"") or b""
            self._last[TopicPartition(record.topic, record.partition), source] = record.value or b""

    def recorded(self) -> datetime | None:
        """The latest recordedtime; None when no record can be read."""
        times = []
        for raw in self._last.values():
            with suppress(Exception):
                times.append(self._decode(raw).recordedtime)
        return max(times, default=None)
