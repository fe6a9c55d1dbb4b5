"""Several processes of one service in a group, and one relay for each store."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import psycopg
import pytest
from tests.contracts.bus_world import Watched, World, answering, doubled, heard, say
from tests.kafka.raw import committed, everything

from desk.bus.kafka.bus import KafkaBus
from desk.testing.notes import TICKETS
from desk_deploy.testing.faults import refusing

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]


def bus_of(world: World) -> KafkaBus:
    assert world.kafka is not None
    return KafkaBus(world.kafka, [TICKETS.topic])


def partitions(bus: KafkaBus) -> set[Any]:
    """Partitions that this member reads; none before it has joined the group, which the start does not wait for."""
    if bus._monitor is None or bus._monitor.consumer is None:
        return set()
    return set(bus._monitor.consumer.member.offsets.next)


async def shared_out(*wanted: tuple[KafkaBus, int]) -> None:
    """Wait until each member reads so many partitions."""
    async with asyncio.timeout(60):
        while any(len(partitions(bus)) != count for bus, count in wanted):  # noqa: ASYNC110 (the bus tells nobody)
            await asyncio.sleep(0.1)


async def test_partitions_move_between_processes_under_load_and_each_fact_is_applied_once(world: World) -> None:
    assert world.kafka is not None
    tables = answering("triage")
    one, two = bus_of(world), bus_of(world)
    first, triage = await world.start("docs", tables, bus=one), await world.start("triage")

    async def talk(begin: int) -> None:
        for number in range(begin, begin + 100):
            await say(triage, f"T{number % 50}", f"{number}")

    await asyncio.gather(talk(0), world.start("docs", tables, bus=two))
    await talk(100)
    await world.settled()
    await shared_out((one, 3), (two, 3))
    assert partitions(one) & partitions(two) == set()

    second = world.running[-1]
    await asyncio.gather(talk(200), world.stop(second))
    await world.settled()
    await shared_out((one, 6))
    for number in range(50):
        said = tuple(f"{n}" for n in range(number, 300, 50))
        assert await heard(first, f"T{number}", "triage") == said
        assert await heard(triage, f"T{number}", "docs") == tuple(f"triage said {text}" for text in said)
    assert doubled(world, "docs") == doubled(world, "triage") == []
    await asyncio.sleep(1.5)
    assert await committed(world.kafka, "docs") == 600


async def test_of_two_processes_one_relays_and_the_other_takes_over(world: World) -> None:
    assert world.kafka is not None
    one, two = bus_of(world), bus_of(world)
    first, second = await world.start("triage", bus=one), await world.start("triage", bus=two)
    for number in range(50):
        await say((first, second)[number % 2], f"T{number}", "a")
    await world.settled()
    assert len(await everything(world.kafka.bootstrap, world.kafka.topic(TICKETS.topic))) == 50

    await world.stop(first)
    await say(second, "T0", "b")
    await world.settled()
    records = await everything(world.kafka.bootstrap, world.kafka.topic(TICKETS.topic))
    assert len(records) == 51
    headers = dict(records[0].headers)
    assert list(headers) == ["type", "source", "ownerseq", "traceparent", "position", "epoch", "signature"]
    assert (headers["type"], headers["source"]) == (b"desk.triage.said.v1", b"/desk/triage")


async def test_a_relay_that_lost_its_lock_takes_it_again_and_goes_on(world: World) -> None:
    docs, triage = await world.start("docs"), await world.start("triage")
    await say(triage, "T1", "a")
    await world.settled()
    with psycopg.connect(world.url, autocommit=True) as somebody:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'desk-triage-relay'"
        assert somebody.execute(query).fetchall() == [(True,)]
    await asyncio.sleep(1.2)
    await say(triage, "T1", "b", "c")
    await world.settled()
    assert await heard(docs, "T1", "triage") == ("a", "b", "c")


async def test_a_reader_that_does_not_get_on_is_not_alive_and_an_idle_one_is(world: World) -> None:
    assert world.kafka is not None
    world.kafka = world.kafka._replace(watch_every=0.2, stall_after=1.0)
    idle, stuck = bus_of(world), bus_of(world)
    await world.start("billing", bus=idle)
    release = threading.Event()

    def until_released(_records: object) -> None:
        release.wait(60)

    held = Watched(stuck, until_released)
    triage, docs = await world.start("triage"), await world.start("docs", bus=held)
    await say(triage, "T1", "a")
    await asyncio.sleep(3)
    assert (await stuck.live() or "").startswith("no progress")
    assert await idle.live() is None
    release.set()
    await world.settled()
    assert await heard(docs, "T1", "triage") == ("a",)
    await asyncio.sleep(0.5)
    assert await stuck.live() is None


async def test_a_reader_whose_database_is_away_is_alive_and_goes_on(world: World) -> None:
    assert world.kafka is not None
    world.kafka = world.kafka._replace(watch_every=0.2, stall_after=1.0)
    waiting = bus_of(world)
    triage, docs = await world.start("triage"), await world.start("docs", bus=waiting)
    with refusing(world.url, "docs", "25006"):
        await say(triage, "T1", "a")
        await asyncio.sleep(4)
        assert await waiting.live() is None
        assert {name: wrong for name, wrong in docs.log.loops.complaints() if wrong} == {}
    await world.settled()
    assert {"relay", "topics", "offsets"} < {beat.name for beat in docs.log.loops.heartbeats()}
    assert await heard(docs, "T1", "triage") == ("a",)
    assert (await docs.status()).parked == 0
