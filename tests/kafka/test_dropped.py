"""Records that a topic dropped before they were read are counted, and their owners are asked for what they held."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import RecordsToDelete  # type: ignore[import-untyped]
from tests.contracts.bus_world import World, answering, heard, hears, say
from tests.kafka.raw import Admin

from desk.eventstore.relay_rows import add_dropped
from desk.testing.notes import TICKETS

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]


async def drop_everything(world: World) -> None:
    """The tickets topic begins at its end."""
    assert world.kafka is not None
    topic = world.kafka.topic(TICKETS.topic)
    async with Admin(world.kafka.bootstrap) as admin:
        partitions = (await admin.describe_topics([topic]))[0]["partitions"]
        ends = {TopicPartition(topic, part["partition"]): RecordsToDelete(-1) for part in partitions}
        await admin.delete_records(ends)


async def test_what_a_topic_dropped_unread_comes_from_its_owner(world: World) -> None:
    docs, triage = await world.start("docs", answering("triage")), await world.start("triage")
    for number in range(5):
        await say(triage, f"T{number}", "a")
    await world.settled()
    await world.stop(docs)
    for number in range(5):
        await say(triage, f"T{number}", "b")
    await world.settled()
    await drop_everything(world)
    docs = await world.start("docs", answering("triage"))
    for number in range(5):
        await hears(docs, f"T{number}", "triage", ("a", "b"))
        await hears(triage, f"T{number}", "docs", ("triage said a", "triage said b"))
    await world.settled()
    async with asyncio.timeout(20):
        while (await docs.status()).dropped:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert docs.parking.count() == 0
    assert await heard(docs, "T0", "triage") == ("a", "b")


async def test_what_was_dropped_is_counted_until_owners_were_asked(world: World) -> None:
    docs = await world.start("docs")
    await world.stop(docs)
    world.store("docs").execute(lambda cursor: add_dropped(cursor, 3))
    docs = await world.start("docs")
    async with asyncio.timeout(20):
        while (await docs.status()).dropped:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
