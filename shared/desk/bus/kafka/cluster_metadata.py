"""Queries the cluster's metadata: ids of topics, and first and end offsets of partitions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Mapping
from io import BytesIO
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import KafkaConnectionError  # type: ignore[import-untyped]
from aiokafka.protocol.abstract import AbstractType  # type: ignore[import-untyped]
from aiokafka.protocol.api import Request, RequestStruct, Response  # type: ignore[import-untyped]
from aiokafka.protocol.types import (  # type: ignore[import-untyped]
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from desk.bus.kafka.background_tasks import close_failed, failed_task
from desk.bus.kafka.settings import KafkaSettings

T = TypeVar("T")

PATIENCE = 3.0


class _Uuid(AbstractType):  # type: ignore[misc]
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32), ("host", CompactString()), ("port", Int32), ("rack", CompactString()),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16), ("name", CompactString()), ("topic_id", _Uuid), ("internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)), ("isr", CompactArray(Int32)),
                        ("offline", CompactArray(Int32)), ("tags", TaggedFields),
                    ),
                ),
                ("operations", Int32), ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )  # fmt: skip


class _MetadataRequestStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString()), ("tags", TaggedFields))),
        ("auto_create", Boolean),
        ("with_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):  # type: ignore[misc]
    """Metadata request, version 12. The library's own request lacks the version that returns topic ids."""

    API_KEY: ClassVar[int] = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics: list[tuple[UUID, str, dict[str, object]]] = [(UUID(int=0), topic, {}) for topic in topics]

    def build(self, request_struct_class: Any) -> Any:  # Any: a class of aiokafka, which has no types
        return request_struct_class(self._topics, False, False, {})


class Cluster:
    """A client without a consumer group, for metadata queries. One per service; not thread-safe."""

    def __init__(self, settings: KafkaSettings, topics: Mapping[str, int]) -> None:
        self.partitions = [TopicPartition(topic, part) for topic, count in topics.items() for part in range(count)]
        self._topics, self._settings = list(topics), settings
        self._client = self._new_client()

    async def start(self) -> None:
        """Connect. KafkaConnectionError when no broker answers."""
        await _start(self._client)

    async def replace_failed(self) -> None:
        """Replace a client whose background tasks failed. KafkaConnectionError when no broker answers."""
        if failed_task(self._client) is not None:
            client = self._new_client()
            await _start(client)
            failed, self._client = self._client, client
            await close_failed(failed, self._settings.stop_timeout)

    async def stop(self) -> None:
        """Disconnect."""
        if failed_task(self._client) is not None:
            await close_failed(self._client, self._settings.stop_timeout)
        await self._client.stop()

    async def ends(self) -> dict[TopicPartition, int]:
        """The end offset of each partition. KafkaError without an answer within 3 s."""
        return dict(await self._query(self._client.end_offsets(self.partitions)))

    async def beginnings(self) -> dict[TopicPartition, int]:
        """The first offset that each partition still has."""
        return dict(await self._query(self._client.beginning_offsets(self.partitions)))

    async def ids(self) -> dict[str, str]:
        """The id of each topic. It changes when a topic is deleted and created again."""
        client = self._client._client
        answer = await self._query(client.send(client.get_random_node(), _MetadataRequest(self._topics)))
        return {topic[1]: str(topic[2]) for topic in answer.topics if topic[0] == 0}

    def _new_client(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(**self._settings.client("desk-watch"), enable_auto_commit=False)

    async def _query(self, request: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                return await request
        except TimeoutError as error:
            raise KafkaConnectionError("the brokers do not answer") from error
        except RuntimeError as error:  # uvloop, for a write to a connection that was closed meanwhile
            raise KafkaConnectionError("the connection is closed") from error


async def _start(client: AIOKafkaConsumer) -> None:
    try:
        await client.start()
    except BaseException:
        await client.stop()
        raise
