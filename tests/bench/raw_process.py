"""The same way without a desk: a consumer that writes what it reads into one table, as five processes do at once."""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection
from typing import Any
from uuid import uuid4

import psycopg
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from desk.bus.kafka.settings import KafkaSettings
from desk.contract.event import Stream

TABLE = (
    "CREATE TABLE {name} (originator_id text, version bigint, topic text, state bytea, event_id uuid UNIQUE,"
    " PRIMARY KEY (originator_id, version))"
)
INSERT = "INSERT INTO {name} SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::uuid[])"
PARTITIONS = 6


def run(name: str, url: str, kafka: KafkaSettings, pipe: Connection) -> None:
    """The process: says when it is ready, begins when told to, tells records and seconds."""
    uvloop.run(_run(name, url, kafka, pipe))


async def _run(name: str, url: str, kafka: KafkaSettings, pipe: Connection) -> None:
    topic = kafka.topic(Stream.TICKETS.topic)
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(TABLE.format(name=name))
        partitions = [TopicPartition(topic, part) for part in range(PARTITIONS)]
        async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, enable_auto_commit=False) as consumer:
            total = sum((await consumer.end_offsets(partitions)).values())
            consumer.assign(partitions)
            for partition in partitions:
                consumer.seek(partition, 0)
            pipe.send("made")
            await asyncio.to_thread(pipe.recv)
            start = time.perf_counter()
            await _copy(consumer, session, INSERT.format(name=name), total)
            pipe.send((total, time.perf_counter() - start))


async def _copy(consumer: Any, session: psycopg.Connection[Any], statement: str, total: int) -> None:
    done = 0
    while done < total:
        found = [r for rs in (await consumer.getmany(timeout_ms=200, max_records=500)).values() for r in rs]
        if found:
            numbers = list(range(done, done + len(found)))
            keys = [record.key.decode() for record in found]
            rows = (keys, numbers, ["t"] * len(found), [r.value for r in found], [uuid4() for _ in found])
            await asyncio.to_thread(session.execute, statement, rows, prepare=True, binary=True)
            done += len(found)
