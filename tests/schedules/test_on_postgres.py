"""The same acts on real PostgreSQL, on the local bus and on Apache Kafka: many tickets at once, services restarted."""

from __future__ import annotations

import asyncio
import os
from random import Random

import pytest

from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.local.bus import LocalBus
from desk_deploy.kafka.topics import ensure_topics

from .real import NewBus, RealWorld

TICKETS, STEPS, RESTARTS = 25, 900, 6
SEED = int(os.environ.get("DESKSTREAM_SCHEDULE_SEED", "4"))


@pytest.mark.postgres
async def test_on_postgres_and_the_local_bus_everything_comes_to_rest_right(database: str) -> None:
    await comes_to_rest_right(database, LocalBus)


@pytest.mark.postgres
@pytest.mark.kafka
async def test_on_postgres_and_kafka_everything_comes_to_rest_right(
    database: str, kafka: str, kafka_prefix: str
) -> None:
    settings = KafkaSettings(kafka, kafka_prefix, session_timeout_ms=6_000)
    await ensure_topics(kafka, kafka_prefix)
    await comes_to_rest_right(database, lambda _waker: KafkaBus(settings))


async def comes_to_rest_right(database: str, bus: NewBus) -> None:
    """People and technicians act on many tickets while services hear, answer and are restarted."""
    world = RealWorld(database, bus, SEED)
    restarts = set(Random(SEED).sample(range(STEPS), RESTARTS))
    try:
        await world.start()
        for _ in range(TICKETS):
            world.opens()
        for step in range(STEPS):
            if step in restarts:
                await world.again(list(world.real)[step % 5])
            await asyncio.to_thread(world.step)
        await world.rest()
        wrong = await asyncio.to_thread(world.judged)
    finally:
        await world.stop()
    assert not wrong, "\n".join([f"seed {SEED}", *wrong, *world.told[-60:]])
    assert sum(map(len, world.acts.values())) > TICKETS
