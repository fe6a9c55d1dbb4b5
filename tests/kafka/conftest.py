"""A world of services on a real broker, with topics of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.contracts.bus_world import TOPICS, World

from desk.bus.kafka.settings import KafkaSettings
from desk_deploy.kafka.topics import ensure_topics


@pytest.fixture
async def world(kafka: str, kafka_prefix: str, database: str) -> AsyncIterator[World]:
    """No service yet."""
    settings = KafkaSettings(kafka, kafka_prefix, session_timeout_ms=6_000)
    await ensure_topics(kafka, kafka_prefix, only=TOPICS)
    made = World(database, settings)
    yield made
    await made.close()
