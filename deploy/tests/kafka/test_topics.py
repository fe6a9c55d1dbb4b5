"""The topics: made as declared, made once, and refused when they would lose or disorder facts."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from pydantic import ValidationError

from desk_deploy.kafka.topics import TopicError, ensure_topics
from desk_deploy.kafka.topics_plan import TopicPlan, complaint, load_plan, topic_settings

TICKETS = "desk.tickets.v1"
FOR_EVER = TopicPlan(partitions=3, retention_days=None)
NINETY_DAYS = TopicPlan(partitions=3, retention_days=90)


async def _make(bootstrap: str, name: str, partitions: int, **settings: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        configs = {key.replace("_", "."): value for key, value in settings.items()}
        answer = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
        assert [code for _, code, _ in answer.topic_errors] == [0]
    finally:
        await admin.close()


async def _described(bootstrap: str, name: str) -> dict[str, Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found: dict[str, Any] = (await admin.describe_topics([name]))[0]
        return found
    finally:
        await admin.close()


def test_every_topic_of_the_language_is_declared_and_none_is_compacted() -> None:
    plan = load_plan()
    names = ["tickets", "people", "clients", "incidents", "changes", "policies", "security", "ops"]
    assert list(plan.topics) == [f"desk.{name}.v1" for name in names]
    settings = {name: topic_settings(topic, plan.max_message_bytes) for name, topic in plan.topics.items()}
    assert {found["cleanup.policy"] for found in settings.values()} == {"delete"}
    assert settings[TICKETS]["retention.ms"] == settings[TICKETS]["retention.bytes"] == "-1"
    assert settings["desk.ops.v1"]["retention.ms"] == str(90 * 24 * 3600 * 1000)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("max_message_bytes: 1\ntopics: {desk.tickets.v1: {partitions: 0, retention_days: null}}", "partitions"),
        ("max_message_bytes: 1\ntopics: {desk.tickets.v1: {partitions: 3}}", "retention_days"),
        ("max_message_bytes: 1\ntopics: {'Desk Tickets': {partitions: 3, retention_days: 1}}", "Desk Tickets"),
        ("max_message_bytes: 1\ntopics: {}\ncompaction: true", "compaction"),
    ],
)
def test_a_declaration_with_a_mistake_is_refused_by_its_field(tmp_path: Path, document: str, field: str) -> None:
    (tmp_path / "topics.yaml").write_text(document)
    with pytest.raises(ValidationError, match=field):
        load_plan(tmp_path / "topics.yaml")


@pytest.mark.parametrize(
    ("plan", "partitions", "other", "word"),
    [
        (FOR_EVER, 2, {}, "partitions"),
        (FOR_EVER, 3, {"cleanup.policy": "compact"}, "cleanup.policy"),
        (FOR_EVER, 3, {"cleanup.policy": "compact,delete"}, "cleanup.policy"),
        (FOR_EVER, 3, {"retention.ms": "604800000"}, "retention.ms"),
        (FOR_EVER, 3, {"retention.bytes": "1000000"}, "retention.bytes"),
        (NINETY_DAYS, 3, {"retention.ms": "604800000"}, "retention.ms"),
        (FOR_EVER, 3, {"max.message.bytes": "1000"}, "max.message.bytes"),
    ],
)
def test_a_topic_that_would_lose_or_disorder_facts_is_refused_by_its_setting(
    plan: TopicPlan, partitions: int, other: dict[str, str], word: str
) -> None:
    why = complaint(partitions, topic_settings(plan, 2000) | other, plan, 2000)
    assert why is not None and why.startswith(word)


@pytest.mark.parametrize(
    ("plan", "partitions", "other"),
    [
        (FOR_EVER, 12, {}),
        (NINETY_DAYS, 3, {"retention.ms": "-1"}),
        (NINETY_DAYS, 3, {"retention.ms": str(91 * 24 * 3600 * 1000)}),
        (FOR_EVER, 3, {"max.message.bytes": "9000000"}),
    ],
)
def test_more_than_declared_is_accepted(plan: TopicPlan, partitions: int, other: dict[str, str]) -> None:
    assert complaint(partitions, topic_settings(plan, 2000) | other, plan, 2000) is None


async def test_topics_are_made_once_however_many_services_ask(kafka: str, kafka_prefix: str) -> None:
    made = await asyncio.gather(*(ensure_topics(kafka, kafka_prefix) for _ in range(5)))
    assert sorted(name for names in made for name in names) == sorted(
        kafka_prefix + name for name in load_plan().topics
    )
    assert await ensure_topics(kafka, kafka_prefix) == []
    assert (
        len((await _described(kafka, kafka_prefix + TICKETS))["partitions"]) == load_plan().topics[TICKETS].partitions
    )


async def test_only_the_topics_asked_for_are_made(kafka: str, kafka_prefix: str) -> None:
    assert await ensure_topics(kafka, kafka_prefix, only=[TICKETS]) == [kafka_prefix + TICKETS]


async def test_a_topic_with_fewer_partitions_is_refused(kafka: str, kafka_prefix: str) -> None:
    await _make(kafka, kafka_prefix + TICKETS, 1)
    with pytest.raises(TopicError, match=rf"{TICKETS}: partitions: has 1, declared are 6.*desk republish --all"):
        await ensure_topics(kafka, kafka_prefix, only=[TICKETS])


async def test_a_compacted_topic_is_refused(kafka: str, kafka_prefix: str) -> None:
    await _make(kafka, kafka_prefix + TICKETS, 6, cleanup_policy="compact")
    with pytest.raises(TopicError, match=rf"{TICKETS}: cleanup.policy: is compact, declared is delete"):
        await ensure_topics(kafka, kafka_prefix, only=[TICKETS])


async def test_a_topic_the_broker_does_not_accept_is_an_error_with_its_reason(kafka: str) -> None:
    with pytest.raises(TopicError, match="InvalidTopicError"):
        await ensure_topics(kafka, "not a name/", only=[TICKETS])
