"""The broker is killed, restarted, or away: nothing lost, nothing doubled on the way into a store, nothing inverted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
from tests.contracts.bus_world import TOPICS, World, answering, doubled, heard, say
from tests.kafka.raw import configure, everything

from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.settings import KafkaSettings
from desk.testing.notes import TICKETS
from desk_deploy.kafka.provider import LocalKafka, can_run_locally
from desk_deploy.kafka.topics import ensure_topics

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.kafka,
    pytest.mark.slow,
    pytest.mark.skipif(not can_run_locally(), reason="no local Apache Kafka: install a JDK 17 or later and Maven"),
]
TICKET_COUNT = 40


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A broker that these tests may kill."""
    with LocalKafka(tmp_path_factory.mktemp("victim")) as kafka:
        yield kafka


@pytest.fixture
async def world(broker: LocalKafka, kafka_prefix: str, database: str) -> AsyncIterator[World]:
    """On the broker that may be killed."""
    settings = KafkaSettings(broker.bootstrap, kafka_prefix, session_timeout_ms=6_000, patience=3.0, stop_timeout=2.0)
    await ensure_topics(settings.bootstrap, kafka_prefix, only=TOPICS)
    made = World(database, settings)
    yield made
    await made.close()


async def test_a_broker_killed_and_restarted_under_load_costs_no_fact_and_no_order(
    world: World, broker: LocalKafka
) -> None:
    assert world.kafka is not None
    docs, triage = await world.start("docs", answering("triage")), await world.start("triage")
    stopping, said = asyncio.Event(), count()

    async def talk() -> int:
        while not stopping.is_set():
            await asyncio.gather(*(say(triage, f"T{n}", f"{next(said)}") for n in range(TICKET_COUNT)))
            await asyncio.sleep(0.1)
        return next(said)

    talking = asyncio.create_task(talk())
    for seconds in (1.5, 4.0):
        await asyncio.sleep(1.5)
        await asyncio.to_thread(broker.kill, 1)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(broker.start, 1)
    await asyncio.sleep(1.5)
    stopping.set()
    total = await talking
    await world.settled()

    for number in range(TICKET_COUNT):
        expected = tuple(f"{n}" for n in range(number, total, TICKET_COUNT))
        answers = tuple(f"triage said {text}" for text in expected)
        assert await heard(docs, f"T{number}", "triage") == expected
        assert await heard(triage, f"T{number}", "docs") == answers
    assert doubled(world, "docs") == doubled(world, "triage") == []
    assert docs.parking.count() == triage.parking.count() == 0
    records = await everything(world.kafka.bootstrap, world.kafka.topic(TICKETS.topic))
    assert len({record.value for record in records}) == 2 * total


async def test_a_service_works_while_no_broker_is_there_and_tells_everything_later(
    world: World, broker: LocalKafka
) -> None:
    await asyncio.to_thread(broker.kill, 1)
    try:
        triage = await world.start("triage")
        for number in range(20):
            await say(triage, f"T{number}", "a")
        status = await triage.status()
        assert not status.drained
        assert (status.lag["brokers"], status.own) == (1, 20)
    finally:
        await asyncio.to_thread(broker.start, 1)
    docs = await world.start("docs")
    await world.settled()
    assert [await heard(docs, f"T{number}", "triage") for number in range(20)] == [("a",)] * 20


async def test_a_service_stops_in_bounded_time_while_the_broker_is_away(world: World, broker: LocalKafka) -> None:
    triage = await world.start("triage")
    await say(triage, "T1", "a")
    await world.settled()
    await asyncio.to_thread(broker.kill, 1)
    try:
        await say(triage, "T1", "b")
        async with asyncio.timeout(25):
            await world.stop(triage)
    finally:
        await asyncio.to_thread(broker.start, 1)
    docs = await world.start("docs")
    await world.start("triage")
    await world.settled()
    assert await heard(docs, "T1", "triage") == ("a", "b")


async def test_a_dead_producer_is_replaced_and_nothing_is_skipped(world: World) -> None:
    assert world.kafka is not None
    bus = KafkaBus(world.kafka, [TICKETS.topic])
    docs, triage = await world.start("docs"), await world.start("triage", bus=bus)
    await say(triage, "T1", "a")
    await world.settled()
    await configure(world.kafka, max_message_bytes="600")
    for word in ("b", "c", "d"):
        await say(triage, "T1", word.ljust(2_000))
    await asyncio.sleep(2)
    assert bus._monitor is not None
    assert bus._monitor.relay is not None
    assert bus._monitor.relay._publisher.made > 2
    assert await heard(docs, "T1", "triage") == ("a",)

    await configure(world.kafka, max_message_bytes="2097152")
    await world.settled()
    assert await heard(docs, "T1", "triage") == ("a", *(word.ljust(2_000) for word in "bcd"))
    values = [record.value for record in await everything(world.kafka.bootstrap, world.kafka.topic(TICKETS.topic))]
    assert len(values) == len(set(values)) == 4
