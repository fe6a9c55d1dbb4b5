"""A client beside the desk: puts anything on a topic and looks at what is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]

from desk.bus.kafka.settings import KafkaSettings
from desk.testing.notes import TICKETS


class Raw(NamedTuple):
    """One record to be sent."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


async def put(kafka: KafkaSettings, *records: Raw) -> None:
    """Publish these on the tickets topic, in order."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for record in records:
            topic = kafka.topic(TICKETS.topic)
            await producer.send_and_wait(topic, record.value, key=record.key, headers=list(record.headers))


async def everything(bootstrap: str, topic: str) -> list[Any]:
    """All records of a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    async with consumer:
        await consumer._client.force_metadata_update()
        partitions = [TopicPartition(topic, part) for part in (await _partitions(bootstrap, topic))]
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        found: list[Any] = []
        for partition in partitions:
            consumer.seek(partition, 0)
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    return found


async def committed(kafka: KafkaSettings, owner: str) -> int:
    """The sum of the offsets that the service's group has committed."""
    async with Admin(kafka.bootstrap) as admin:
        offsets = await admin.list_consumer_group_offsets(kafka.group(owner))
        return sum(place.offset for place in offsets.values())


async def configure(kafka: KafkaSettings, **config: str) -> None:
    """Set the tickets topic's settings, all others to the broker's defaults (dots as underscores).

    Waits until the broker answers with them: it applies a change after it has acknowledged it.
    """
    named = {name.replace("_", "."): value for name, value in config.items()}
    async with Admin(kafka.bootstrap) as admin:
        topic = kafka.topic(TICKETS.topic)
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=named)])
        asked = ConfigResource(ConfigResourceType.TOPIC, topic)
        while True:
            (answer,) = await admin.describe_configs([asked])
            values = {entry[0]: entry[1] for entry in answer.resources[0][4]}
            if named.items() <= values.items():
                return
            await asyncio.sleep(0.1)


async def delete(kafka: KafkaSettings) -> None:
    """Delete the tickets topic with everything on it."""
    async with Admin(kafka.bootstrap) as admin:
        await admin.delete_topics([kafka.topic(TICKETS.topic)])


class Admin:
    """An admin client that is closed at the end."""

    def __init__(self, bootstrap: str) -> None:
        self._client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)

    async def __aenter__(self) -> Any:
        await self._client.start()
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()


async def _partitions(bootstrap: str, topic: str) -> Iterable[int]:
    async with Admin(bootstrap) as admin:
        return range(len((await admin.describe_topics([topic]))[0]["partitions"]))
