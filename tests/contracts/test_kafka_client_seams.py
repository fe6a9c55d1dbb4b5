"""The seams of FastStream and aiokafka that the bus uses beyond their documentation.

A new version that moves one of them fails here, and one that mends what we go around fails here, too: then our part
can go. The behaviour on a broker is tested in `tests/kafka`.
"""

from __future__ import annotations

import ast
import tomllib
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.consumer import fetcher  # type: ignore[import-untyped]
from aiokafka.producer.message_accumulator import MessageBatch  # type: ignore[import-untyped]
from aiokafka.protocol import metadata  # type: ignore[import-untyped]
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy  # type: ignore[import-untyped]
from aiokafka.record.memory_records import MemoryRecords  # type: ignore[import-untyped]
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage, KafkaMessage
from faststream.kafka.parser import AioKafkaParser
from tests.architecture.project import ROOT, is_test, modules

from desk.bus.kafka.header_patch import TolerantRecords
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.kafka.startup_checks import BusMisconfigured, check_consumer, check_producer

SETTINGS = KafkaSettings("127.0.0.1:1")
LIBRARIES = ("aiokafka", "faststream")
PRIVATE = {
    "_acks": "check of the producer's settings",
    "_batches": "giving up what is pending",
    "_client": "metadata, the client's own request, check of the consumer's access",
    "_commit_refresh_task": "noticing a failed task of a consumer",
    "_coordination_task": "noticing a failed task of a consumer",
    "_coordinator": "noticing a failed task of a consumer",
    "_drain_waiter": "giving up what is pending",
    "_fetch_task": "noticing a failed task of a consumer",
    "_fetcher": "noticing a failed task of a consumer",
    "_heartbeat_task": "noticing a failed task of a consumer",
    "_max_request_size": "check of the producer's settings",
    "_message_accumulator": "giving up what is pending",
    "_pending_batches": "giving up what is pending",
    "_request_timeout_ms": "check of the producer's settings",
    "_sender": "check of the producer's settings, closing a producer whose brokers are away",
    "_sync_task": "noticing a failed task of a consumer, closing its connections",
    "_txn_manager": "check of the producer's settings: there is one when it is idempotent",
}
"""Private attributes of the libraries' objects that the product reads, and what for. Those that `check_consumer` reads
by name are tested below; the reader of records inherits from `_DefaultRecordBatchPy`."""
RECORD_HELPERS = frozenset({"_asdict", "_replace", "_make", "_fields"})


def test_the_installed_versions_are_the_pinned_ones() -> None:
    pinned = tomllib.loads((ROOT / "shared" / "pyproject.toml").read_text())["project"]["dependencies"]
    for library, name in (("aiokafka", "aiokafka"), ("faststream", "faststream[kafka]")):
        assert f"{name}=={version(library)}" in pinned, "read the ADRs on the bus before you raise the pin"


def private_reads(tree: ast.Module) -> set[str]:
    """Private attributes that are read of something else than `self`, `cls` or `super()`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            above = isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "super"
            if not own and not above:
                found.add(node.attr)
    return found - RECORD_HELPERS


def imports_a_library(tree: ast.Module) -> bool:
    """Whether a module imports one of the libraries."""
    froms = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return any(name.split(".")[0] in LIBRARIES for name in froms)


def test_no_other_private_attribute_of_the_libraries_is_read() -> None:
    found: set[str] = set()
    for module in modules(("shared/desk", "deploy")):
        if not is_test(module.path) and imports_a_library(module.tree):
            found |= private_reads(module.tree)
    assert found == set(PRIVATE)


async def test_a_consumer_keeps_its_settings_where_the_check_looks() -> None:
    made = SETTINGS.client("desk-triage") | SETTINGS.consumer() | {"group_id": "g", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(**made)
    try:
        check_consumer(consumer, SETTINGS, "g")
        with pytest.raises(BusMisconfigured, match="group_id is 'g' and must be 'other'"):
            check_consumer(consumer, SETTINGS, "other")
        assert callable(consumer._client.force_metadata_update)
        assert callable(consumer._client.get_random_node)
        assert callable(consumer._client.send)
        assert consumer._client.cluster.partitions_for_topic("none") is None
    finally:
        await consumer.stop()


async def test_a_producer_keeps_its_settings_and_its_pending_records_where_we_look() -> None:
    producer = AIOKafkaProducer(**SETTINGS.producer("triage"))
    try:
        check_producer(producer, SETTINGS)
        waiting = producer._message_accumulator
        assert (len(waiting._batches), len(waiting._pending_batches)) == (0, 0)
        assert callable(waiting.fail_all)
        assert callable(producer._sender.close)
        batch = MessageBatch(TopicPartition("t", 0), waiting.create_builder(), ttl=1, linger_time=0)
        assert not batch._drain_waiter.done()
    finally:
        await producer.stop()


def odd_batch() -> bytes:
    """Three records in one batch; the second names a header in bytes that are no UTF-8."""
    none = {"is_transactional": 0, "producer_id": -1, "producer_epoch": -1, "base_sequence": -1}
    builder = _DefaultRecordBatchBuilderPy(magic=2, compression_type=0, batch_size=9999, **none)
    for offset, name in enumerate(("plain", "odd!", "plain")):
        builder.append(offset, 1, b"key", b"value", [(name, b"x")])
    return bytes(builder.build()).replace(b"odd!", b"\xff\xfe\xff\xfe")


def test_the_library_cannot_read_names_of_headers_that_are_no_text() -> None:
    """It can? Then `header_patch` can go, and the ADR on headers with it."""
    batch = MemoryRecords(odd_batch()).next_batch()
    with pytest.raises(UnicodeDecodeError):
        list(batch)


def test_the_patched_reader_serves_the_library_s_fetcher_to_the_last_record() -> None:
    assert fetcher.MemoryRecords in (MemoryRecords, TolerantRecords), "the fetcher takes its reader from this name"
    records = fetcher.PartitionRecords(
        TopicPartition("t", 0), TolerantRecords(odd_batch()), None, 0, None, None, False, fetcher.READ_UNCOMMITTED
    )
    found = list(records)
    assert [(record.offset, record.value) for record in found] == [(0, b"value"), (1, b"value"), (2, b"value")]
    assert [record.headers[0][0] for record in found] == ["plain", "\ufffd\ufffd\ufffd\ufffd", "plain"]


def test_the_patched_reader_has_every_method_of_the_library_s() -> None:
    public = {name for name in dir(MemoryRecords) if not name.startswith("_")}
    assert public <= set(dir(TolerantRecords))


def test_the_library_s_own_metadata_request_tells_no_topic_ids() -> None:
    """It does? Then our own request can go, and its ADR with it: ids come with version 10."""
    versions = [found.API_VERSION for name, found in vars(metadata).items() if name.startswith("MetadataRequest_v")]
    assert versions
    assert max(versions) < 10


@pytest.mark.parametrize("value", [None, b"\xff"])
async def test_the_default_parser_fails_on_a_header_that_is_no_text(value: bytes | None) -> None:
    """It does not? Then our own parser needs another reason; see the ADR on consuming."""
    parser = AioKafkaParser(KafkaMessage, None)
    with pytest.raises((AttributeError, UnicodeDecodeError)):
        await parser.parse_message(type("Record", (), {"headers": (("name", value),)})())


async def test_a_subscriber_takes_our_parser_and_gives_its_consumer() -> None:
    async def parse(records: Any, _original: Any) -> KafkaAckableMessage:
        return KafkaAckableMessage(
            body=b"",
            headers={},
            batch_headers=[],
            reply_to="",
            correlation_id=None,
            message_id="t-0-0",
            raw_message=records,
            consumer=subscriber.consumer,
        )

    broker = KafkaBroker("127.0.0.1:1", consumer_only=True, apply_types=False)
    subscriber: Any = broker.subscriber(
        "t", group_id="g", batch=True, ack_policy=AckPolicy.MANUAL, no_reply=True, parser=parse, **SETTINGS.consumer()
    )
    assert (subscriber.consumer, subscriber.running) == (None, False)
    message = await parse(("record",), None)
    assert message.raw_message == ("record",)
    assert callable(message.nack)
