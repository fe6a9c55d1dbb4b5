"""Creates missing Kafka topics as declared in `topics.yaml`, and refuses existing ones that differ."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]
from aiokafka.errors import TopicAlreadyExistsError, for_code  # type: ignore[import-untyped]

from desk.bus.kafka.access import KafkaAccess
from desk_deploy.kafka.topics_plan import TopicPlan, TopicsPlan, complaint, load_plan, topic_settings

PLAINTEXT = KafkaAccess()
MOST_COPIES = 3
SECONDS_FOR_LEADERS = 30.0


class TopicError(RuntimeError):
    """A topic cannot be created, or would lose or reorder facts. Names the topic, the setting and the remedy."""


async def ensure_topics(
    bootstrap: str,
    prefix: str = "",
    *,
    only: Collection[str] | None = None,
    plan: TopicsPlan | None = None,
    access: KafkaAccess = PLAINTEXT,
) -> list[str]:
    """Create missing topics, check the others, and wait until every partition has a leader.

    prefix: start of every name, for tests. only: names without prefix, by default all. Returns the names created.
    Replication is 3, or the number of brokers if fewer; a write then needs all copies but one. Safe to call from
    several services at once. Raises TopicError, and aiokafka's KafkaConnectionError when no broker answers.
    """
    plan = plan or load_plan()
    wanted = {prefix + name: topic for name, topic in plan.topics.items() if only is None or name in only}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="desk-topics", **access.client())
    try:
        await admin.start()
        there = await _existing(admin, wanted)
        made = await _create(admin, {n: t for n, t in wanted.items() if n not in there}, plan.max_message_bytes)
        there = await _with_leaders(admin, wanted)
        settings = await _read_settings(admin, wanted)
    finally:
        await admin.close()
    for name, topic in wanted.items():
        if why := complaint(len(there[name]["partitions"]), settings[name], topic, plan.max_message_bytes):
            raise TopicError(f"topic {name}: {why}")
    return made


async def _create(admin: AIOKafkaAdminClient, missing: Mapping[str, TopicPlan], max_message_bytes: int) -> list[str]:
    if not missing:
        return []
    copies = min(MOST_COPIES, len((await admin.describe_cluster())["brokers"]))
    durable = {"min.insync.replicas": str(max(1, copies - 1))}
    answer = await admin.create_topics(
        [
            NewTopic(name, topic.partitions, copies, None, topic_settings(topic, max_message_bytes) | durable)
            for name, topic in missing.items()
        ]
    )
    made = []
    # The admin client raises nothing: failures are in the codes.
    for name, code, message in answer.topic_errors:
        if code == 0:
            made.append(name)
        elif code != TopicAlreadyExistsError.errno:
            raise TopicError(f"topic {name}: the broker refused to create it: {for_code(code).__name__}: {message}")
    return made


async def _existing(admin: AIOKafkaAdminClient, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    # Lists all topics: asking by name creates a topic on brokers with automatic creation.
    return {topic["topic"]: topic for topic in await admin.describe_topics() if topic["topic"] in wanted}


async def _with_leaders(admin: AIOKafkaAdminClient, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """The wanted topics, once each of their partitions has a leader."""
    try:
        async with asyncio.timeout(SECONDS_FOR_LEADERS):
            while True:
                there = await _existing(admin, wanted)
                partitions = [partition for topic in there.values() for partition in topic["partitions"]]
                if len(there) == len(wanted) and all(p["error_code"] == 0 and p["leader"] >= 0 for p in partitions):
                    return there
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise TopicError(
            f"no leader for every partition of {', '.join(wanted)}: start the brokers that hold them"
        ) from error


async def _read_settings(admin: AIOKafkaAdminClient, wanted: Collection[str]) -> dict[str, dict[str, str]]:
    settings = {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted])
    for code, message, _, name, entries in (found for answer in answers for found in answer.resources):
        if code != 0:
            raise TopicError(f"topic {name}: its settings cannot be read: {for_code(code).__name__}: {message}")
        settings[name] = {entry[0]: entry[1] for entry in entries}
    return settings
