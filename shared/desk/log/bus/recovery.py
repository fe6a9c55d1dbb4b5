"""A restored store, brought up to its own past: its topics may hold facts of ours that it has forgotten (rule 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from desk.log.bus.kafka_cluster import Cluster
from desk.log.bus.kafka_settings import KafkaSettings
from desk.log.bus.membership import Located
from desk.log.bus.offsets import Places, starts
from desk.log.bus.port import RawRecord
from desk.log.bus.readopting import Readopt, Readopted
from desk.log.bus.records import raw_record
from desk.log.bus.relay_rows import renew
from desk.log.incoming import Incoming, incoming
from desk.log.opened import Log
from desk.log.positions import known_positions
from desk.log.telling import Tell
from desk.streams.operations import EpochStarted

CHUNK = 2000
log = structlog.get_logger("desk.log.bus.recovery")


async def locate(opened: Log, cluster: Cluster, partitions: Sequence[TopicPartition]) -> Located:
    """Where this store wants these partitions read from: after what it holds, in this incarnation of their topics."""
    ids, ends, beginnings = await cluster.ids(), await cluster.ends(), await cluster.beginnings()
    known = await asyncio.to_thread(opened.store.execute, known_positions)
    return Located(starts(partitions, known, ids, beginnings, ends), ids)


async def recover(opened: Log, settings: KafkaSettings, cluster: Cluster) -> Readopted:
    """Take back own facts beyond the store, and begin a new epoch if there were any.

    Reads each partition from the place up to which this store has heard it: what it forgot was published after that.
    A store that keeps up reads next to nothing, a new one its topics once. Facts that contradict the store stay out
    and are counted: peers will park them as divergence, too. KafkaError or LogError: try again.
    """
    ends = await cluster.ends()
    begins = (await locate(opened, cluster, cluster.partitions)).starts
    total = Readopted()
    unread = {tp: offset for tp, offset in begins.items() if offset < ends[tp]}
    if unread:
        total = await _read(opened, settings, unread, ends)
    if total.adopted:
        begun = await asyncio.to_thread(opened.store.execute, renew)
        await opened.writer.submit(Tell((EpochStarted(epoch=begun.epoch, reason="restored"),)))
    if total != Readopted():
        log.warning("own facts taken back from the bus", count=total.adopted, size=total.divergent)
    return total


async def _read(opened: Log, settings: KafkaSettings, begins: Places, ends: Places) -> Readopted:
    client = AIOKafkaConsumer(**settings.client(f"desk-{opened.owner}-recovery"), enable_auto_commit=False)
    source = f"/desk/{opened.owner}".encode()
    total, left = Readopted(), dict(begins)
    try:
        await client.start()
        client.assign(list(begins))
        for partition, offset in begins.items():
            client.seek(partition, offset)
        while left:
            found = await client.getmany(timeout_ms=500, max_records=CHUNK)
            records = [record for chunk in found.values() for record in chunk]
            own = [raw_record(record, settings.prefix) for record in records if ("source", source) in record.headers]
            total += await asyncio.to_thread(_readopt, opened, own) if own else Readopted()
            for partition in list(left):
                if await client.position(partition) >= ends[partition]:
                    del left[partition]
                    client.pause(partition)
    finally:
        await client.stop()
    return total


def _readopt(opened: Log, records: Sequence[RawRecord]) -> Readopted:
    groups: dict[str, list[Incoming]] = {}
    for record in records:
        found = incoming(record, opened.language)
        groups.setdefault(found.aggregate, []).append(found)
    total = Readopted()
    for outcome in opened.writer.together([Readopt(key, tuple(group)) for key, group in groups.items()]).result():
        if outcome.error is not None:
            raise outcome.error
        total += outcome.result
    return total
