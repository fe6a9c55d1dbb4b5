"""A background task of the client library fails: the bus replaces the client and goes on. uvloop raises RuntimeError
for a write to a connection that was closed meanwhile, which the library does not expect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.contracts.bus_world import World, heard, say

from desk.bus.kafka.background_tasks import failed_task
from desk.bus.kafka.bus import KafkaBus
from desk.testing.notes import TICKETS

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
CLOSED = RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


def _raises(*_args: object) -> Any:  # Any: replaces methods of every type
    raise CLOSED


async def _raises_later(*_args: object) -> Any:  # Any: as in `_raises`
    raise CLOSED


def fail_metadata(client: Any) -> None:
    """The task that refreshes metadata fails; who asks for new metadata waits for ever."""
    client._client._metadata_update = _raises_later
    client._client.force_metadata_update()


def fail_fetch(client: Any) -> None:
    """The task that fetches records fails."""
    client._fetcher._get_actions_per_node = _raises
    client._fetcher._notify(client._fetcher._wait_consume_future)


def fail_coordination(client: Any) -> None:
    """The task that joins the group again fails, as it did after a restart of a broker."""
    client._coordinator._do_rejoin_group = _raises_later
    client._coordinator.request_rejoin()


def fail_heartbeat(client: Any) -> None:
    """The task that tells the group that the member is there fails."""
    client._coordinator._do_heartbeat = _raises_later


def connected(client: Any) -> list[object]:
    """Connections of this client that are up."""
    return [connection for connection in client._client._conns.values() if connection.connected()]


@pytest.mark.parametrize("fail", [fail_metadata, fail_fetch, fail_coordination, fail_heartbeat])
async def test_a_consumer_with_a_failed_task_is_replaced_and_hears_what_was_said_meanwhile(
    world: World, fail: Callable[[Any], None]
) -> None:
    assert world.kafka is not None
    bus = KafkaBus(world.kafka._replace(watch_every=0.5, stop_timeout=2.0), [TICKETS.topic])
    docs, triage = await world.start("docs", bus=bus), await world.start("triage")
    await say(triage, "T1", "before")
    await world.settled()
    assert bus._monitor is not None
    consumer = bus._monitor.consumer
    assert consumer is not None
    client = consumer._subscriber.consumer
    assert connected(client)
    fail(client)
    await say(triage, "T1", "meanwhile")
    async with asyncio.timeout(60):
        while bus._monitor.consumer in (consumer, None):  # noqa: ASYNC110 (the bus tells nobody)
            await asyncio.sleep(0.05)
    await say(triage, "T1", "after")
    await world.settled()

    assert await heard(docs, "T1", "triage") == ("before", "meanwhile", "after")
    assert connected(client) == []
    assert await bus.live() is None


async def test_the_client_for_metadata_is_replaced_when_its_task_failed(world: World) -> None:
    assert world.kafka is not None
    bus = KafkaBus(world.kafka._replace(watch_every=0.5, stop_timeout=2.0), [TICKETS.topic])
    await world.start("docs", bus=bus)
    assert bus._monitor is not None
    cluster = bus._monitor.cluster
    assert cluster is not None
    client = cluster._client
    assert connected(client)
    fail_metadata(client)
    async with asyncio.timeout(30):
        while cluster._client is client:  # noqa: ASYNC110 (the bus tells nobody)
            await asyncio.sleep(0.05)
    await cluster.ends()

    assert failed_task(cluster._client) is None
    assert connected(client) == []
