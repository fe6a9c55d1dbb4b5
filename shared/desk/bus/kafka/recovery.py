"""A restored store, brought up to its own past: its topics may hold facts of ours that it has forgotten (rule 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from desk.bus import store_recovery
from desk.bus.kafka.cluster_metadata import Cluster
from desk.bus.kafka.offsets import Places, dropped, starts
from desk.bus.kafka.rebalance import Located
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.kafka.startup_checks import SHORT_LIVED
from desk.bus.own_event_recovery import RecoveredEvents, readopt
from desk.bus.records import raw_record
from desk.eventstore import relay_rows
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor
from desk.inbox.incoming import incoming
from desk.inbox.positions import POSITIONS, read_positions
from desk.inbox.sources import RawRecord

CHUNK = 2000
log = structlog.get_logger(__name__)


async def locate(event_log: EventLog, cluster: Cluster, partitions: Sequence[TopicPartition]) -> Located:
    """Where this store wants these partitions read from: after what it holds, in this incarnation of their topics."""
    ids, ends, beginnings = await cluster.ids(), await cluster.ends(), await cluster.beginnings()
    known = await asyncio.to_thread(event_log.store.execute, read_positions)
    lost = dropped(partitions, known, ids, beginnings)
    if lost:
        await asyncio.to_thread(_count_dropped, event_log, lost, ids)
    return Located(starts(partitions, known, ids, beginnings, ends), ids)


def _count_dropped(event_log: EventLog, lost: Places, ids: Mapping[str, str]) -> None:
    """Say and count once that facts were dropped before they were read; the owners are asked for them. Facts of
    operations are kept for a time only, and their owners are asked where the next one shows a gap."""
    counted = {tp: count for tp, count in lost.items() if not tp.topic.endswith(tuple(SHORT_LIVED))}
    for tp, count in counted.items():
        log.error("a topic dropped records before they were read", topic=tp.topic, partition=tp.partition, count=count)

    def work(cursor: DbCursor) -> None:
        known = read_positions(cursor)
        places = {tp: (tp.topic, ids.get(tp.topic, ""), tp.partition) for tp in lost}
        POSITIONS.write(cursor, [(*place, known.get(place, 0) + lost[tp]) for tp, place in places.items()])
        relay_rows.add_dropped(cursor, sum(counted.values()))

    event_log.store.execute(work)


def noticed(event_log: EventLog) -> bool:
    """Begin a recovery where the store itself shows that it was restored, or one was interrupted; whether one is under
    way. Blocks."""
    if event_log.store.execute(relay_rows.copied):
        store_recovery.begin(event_log)
    return event_log.runner.recovering


async def recover(event_log: EventLog, settings: KafkaSettings, cluster: Cluster) -> RecoveredEvents:
    """Take back own facts beyond the store, under a new epoch if there are any.

    Reads each partition from the place up to which this store has heard it: what it forgot was published after that.
    A store that keeps up reads next to nothing, a new one its topics once. Facts that contradict the store stay out
    and are counted: peers will park them as divergence, too. KafkaError or LogError: try again.

    A recovery that was begun ends with `recovering.complete`, when everything up to the ends of now was heard.
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
        log.warning("own facts taken back from the bus", count=total.adopted, size=total.divergent)
    return total


async def _read(
    event_log: EventLog, settings: KafkaSettings, begins: Places, ends: Places
) -> tuple[RecoveredEvents, datetime | None]:
    """Own facts taken back, and when the latest of all facts was recorded."""
    client = AIOKafkaConsumer(**settings.client(f"desk-{event_log.owner}-recovery"), enable_auto_commit=False)
    source = f"/desk/{event_log.owner}".encode()
    total, left, latest = RecoveredEvents(), dict(begins), Latest(event_log)
    try:
        await client.start()
        client.assign(list(begins))
        for partition, offset in begins.items():
            client.seek(partition, offset)
        while left:
            found = await client.getmany(timeout_ms=500, max_records=CHUNK)
            records = [record for chunk in found.values() for record in chunk]
            own = [raw_record(record, settings.prefix) for record in records if ("source", source) in record.headers]
            total += await asyncio.to_thread(_taken_back, event_log, own) if own else RecoveredEvents()
            latest.look(records)
            for partition in list(left):
                if await client.position(partition) >= ends[partition]:
                    del left[partition]
                    client.pause(partition)
    finally:
        await client.stop()
    return total, latest.recorded()


def _taken_back(event_log: EventLog, own: Sequence[RawRecord]) -> RecoveredEvents:
    if not event_log.runner.recovering and _forgotten(event_log, own):
        store_recovery.begin(event_log)
    return readopt(event_log, own) if event_log.runner.recovering else RecoveredEvents()


def _forgotten(event_log: EventLog, own: Sequence[RawRecord]) -> bool:
    """Whether the store lacks one of these."""
    found = (incoming(record, event_log.language).event for record in own)
    ids = {event.id for event in found if event is not None and event.owner == event_log.owner}
    return len(event_log.store.read(lambda reads: reads.places(list(ids)))) < len(ids)


class Latest:
    """The last record of each source in each partition: an owner's times only grow."""

    def __init__(self, event_log: EventLog) -> None:
        self._decode = event_log.language.decode
        self._last: dict[tuple[TopicPartition, bytes], bytes] = {}

    def look(self, records: Sequence[Any]) -> None:
        """Some more records, in order."""
        for record in records:
            source = next((value for name, value in record.headers if name == "source"), b"") or b""
            self._last[TopicPartition(record.topic, record.partition), source] = record.value or b""

    def recorded(self) -> datetime | None:
        """When the latest of them was recorded; None without one that can be read."""
        times = []
        for raw in self._last.values():
            with suppress(Exception):
                times.append(self._decode(raw).recordedtime)
        return max(times, default=None)
