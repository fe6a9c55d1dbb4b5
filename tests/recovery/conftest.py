"""Services of the test language on either bus."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.contracts.bus_world import TOPICS, World

from desk.bus.kafka.settings import KafkaSettings
from desk_deploy.kafka.topics import ensure_topics


@pytest.fixture(params=["local", pytest.param("kafka", marks=pytest.mark.kafka)])
async def world(request: pytest.FixtureRequest, database: str) -> AsyncIterator[World]:
    """No service yet; on Kafka with topics of its own."""
    settings = None
    if request.param == "kafka":
        prefix = request.getfixturevalue("kafka_prefix")
        settings = KafkaSettings(request.getfixturevalue("kafka"), prefix, session_timeout_ms=6_000)
        await ensure_topics(settings.bootstrap, prefix, only=TOPICS)
    made = World(database, settings)
    yield made
    await made.close()


@pytest.fixture
async def local(database: str) -> AsyncIterator[World]:
    """No service yet, on the local bus."""
    made = World(database, None)
    yield made
    await made.close()
