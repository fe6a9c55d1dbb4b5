"""Refuses to start with libraries, settings or topics that would lose, duplicate or reorder facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]
from aiokafka.errors import for_code  # type: ignore[import-untyped]

from desk.bus.kafka.settings import AIOKAFKA, FASTSTREAM, MAX_BATCH_SIZE, MAX_REQUEST_SIZE, KafkaSettings
from desk.contract.event import Stream
from desk.eventstore.errors import LogError

PINNED = {"faststream": FASTSTREAM, "aiokafka": AIOKAFKA}
SHORT_LIVED = frozenset({Stream.OPS.topic})
ALL_ACKS, FOR_EVER = -1, -1


class BusMisconfigured(LogError):
    """The desk must not run with this configuration. The message has one line per problem, with its remedy."""


def check_versions(found: Mapping[str, str] | None = None) -> None:
    """Require the versions of the libraries whose behaviour was measured."""
    have = found if found is not None else {name: version(name) for name in PINNED}
    _refuse(
        f"{name} is {have[name]}: install {name}=={pinned} (`make install`)"
        for name, pinned in PINNED.items()
        if have[name] != pinned
    )


def check_consumer(consumer: AIOKafkaConsumer, settings: KafkaSettings, group: str) -> None:
    """Require that FastStream created the consumer with our settings."""
    required = {
        "_group_id": group,
        "_enable_auto_commit": False,
        "_auto_offset_reset": "earliest",
        "_session_timeout_ms": settings.session_timeout_ms,
        "_heartbeat_interval_ms": settings.heartbeat_interval_ms,
        "_group_instance_id": None,
    }
    _compare("consumer", {name: getattr(consumer, name) for name in required}, required)
    access = settings.access
    entered = {"_security_protocol": access.protocol} | ({"_sasl_mechanism": access.mechanism} if access.sasl else {})
    _compare("consumer", {name: getattr(consumer._client, name) for name in entered}, entered)


def check_producer(producer: AIOKafkaProducer, settings: KafkaSettings) -> None:
    """Require a producer that is idempotent, waits for in-sync replicas, and sends nothing a topic would refuse."""
    found = {
        "idempotent": producer._txn_manager is not None,
        "acks": producer._sender._acks,
        "max_request_size": producer._max_request_size,
        "request_timeout_ms": producer._request_timeout_ms,
        "max_batch_size fits": MAX_BATCH_SIZE <= MAX_REQUEST_SIZE,
        "deadline exceeds request_timeout_ms": settings.deadline * 1000 > settings.request_timeout_ms,
    }
    required = {
        "idempotent": True,
        "acks": ALL_ACKS,
        "max_request_size": MAX_REQUEST_SIZE,
        "request_timeout_ms": settings.request_timeout_ms,
        "max_batch_size fits": True,
        "deadline exceeds request_timeout_ms": True,
    }
    _compare("producer", found, required)


async def check_topics(settings: KafkaSettings, names: Collection[str]) -> dict[str, int]:
    """Require that every topic exists and keeps its records; returns the number of partitions by topic.

    KafkaError when no broker answers.
    """
    admin = AIOKafkaAdminClient(**settings.client("desk-check"))
    try:
        await admin.start()
        there = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        required = {settings.topic(name): name for name in names}
        _refuse(
            f"topic {topic} is missing: create the topics (`python -m desk_deploy.up.init_shared`)"
            for topic in required
            if not there.get(topic)
        )
        configs = await _configs(admin, list(required))
    finally:
        await admin.close()
    _refuse(line for topic, name in required.items() for line in complaints(topic, name, configs[topic]))
    return {topic: there[topic] for topic in required}


def complaints(topic: str, name: str, config: Mapping[str, str]) -> list[str]:
    """Problems of a topic's settings. `name` is the topic's name without prefix."""
    found = []
    if config["cleanup.policy"] != "delete":
        found.append(f"topic {topic}: cleanup.policy={config['cleanup.policy']} would drop facts: set it to delete")
    if name not in SHORT_LIVED:
        limits = [key for key in ("retention.ms", "retention.bytes") if int(config[key]) != FOR_EVER]
        found += [f"topic {topic}: {key}={config[key]} would drop old facts: set it to -1" for key in limits]
    if int(config["max.message.bytes"]) < MAX_REQUEST_SIZE:
        size = config["max.message.bytes"]
        found.append(f"topic {topic}: max.message.bytes={size} is less than a request: set it to {MAX_REQUEST_SIZE}")
    return found


async def _configs(admin: AIOKafkaAdminClient, topics: list[str]) -> dict[str, dict[str, str]]:
    found = {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics])
    for code, _, _, topic, entries in (resource for answer in answers for resource in answer.resources):
        if code:
            raise BusMisconfigured(f"topic {topic}: its settings cannot be read ({for_code(code).__name__})")
        found[topic] = {entry[0]: entry[1] for entry in entries}
    return found


def _compare(subject: str, found: Mapping[str, object], required: Mapping[str, object]) -> None:
    _refuse(
        f"{subject}: {name.strip('_')} is {found[name]!r} and must be {required[name]!r}"
        for name in required
        if found[name] != required[name]
    )


def _refuse(lines: Iterable[str]) -> None:
    wrong = list(lines)
    if wrong:
        raise BusMisconfigured("Kafka cannot be used:\n" + "\n".join(f"- {line}" for line in wrong))
