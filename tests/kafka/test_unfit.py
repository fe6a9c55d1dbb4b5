"""A cluster, a topic or a library that would lose facts is refused at the start, in words that say what to do."""

from __future__ import annotations

import pytest
from tests.contracts.bus_world import World
from tests.kafka.raw import configure, delete

from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.startup_checks import BusMisconfigured, check_versions
from desk.testing.notes import TICKETS

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]


async def refused(world: World, bus: KafkaBus | None = None) -> str:
    with pytest.raises(BusMisconfigured) as error:
        await world.start("docs", bus=bus)
    return str(error.value)


async def test_a_compacted_topic_with_a_limit_is_refused_with_every_reason_at_once(world: World) -> None:
    assert world.kafka is not None
    await configure(world.kafka, cleanup_policy="compact", retention_ms="86400000", max_message_bytes="1000")
    lines = (await refused(world)).splitlines()
    assert lines[0] == "Kafka cannot be used:"
    assert [line.partition(": ")[2] for line in lines[1:]] == [
        "cleanup.policy=compact would drop facts: set it to delete",
        "retention.ms=86400000 would drop old facts: set it to -1",
        "max.message.bytes=1000 is less than a request: set it to 1048576",
    ]


async def test_a_missing_topic_is_named_with_its_remedy(world: World) -> None:
    assert world.kafka is not None
    await delete(world.kafka)
    text = await refused(world)
    assert f"topic {world.kafka.topic(TICKETS.topic)} is missing: create the topics" in text


async def test_a_deadline_shorter_than_a_request_is_refused_before_anything_is_sent(world: World) -> None:
    assert world.kafka is not None
    from desk.bus.kafka.producer import Publisher
    from desk.bus.records import Message

    publisher = Publisher(world.kafka._replace(deadline=1.0), "docs")
    with pytest.raises(BusMisconfigured, match="deadline exceeds request_timeout_ms is False and must be True"):
        await publisher.send([Message(world.kafka.topic(TICKETS.topic), b"T1", b"{}", ())])


def test_other_versions_of_the_libraries_are_refused() -> None:
    check_versions()
    with pytest.raises(BusMisconfigured) as error:
        check_versions({"faststream": "0.8.0", "aiokafka": "0.14.0"})
    assert str(error.value).splitlines()[1:] == ["- faststream is 0.8.0: install faststream==0.7.8 (`make install`)"]
