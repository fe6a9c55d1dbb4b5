"""The contract of the bus, kept by both adapters: in order, at least once, nothing lost, nobody held up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.contracts.bus_world import (
    TOPICS,
    Unavailable,
    Watched,
    World,
    answering,
    doubled,
    heard,
    hears,
    poisonous,
    say,
)

from desk.bus.kafka.settings import KafkaSettings
from desk.eventstore.schema import migrate
from desk.inbox.ports import RawRecord
from desk.testing.notes import NOTES, TICKETS
from desk_deploy.kafka.topics import ensure_topics

pytestmark = pytest.mark.postgres


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


async def test_facts_of_a_ticket_are_heard_in_the_order_of_each_owner(world: World) -> None:
    docs = await world.start("docs")
    owners = [await world.start(owner) for owner in ("intake", "triage", "sla")]
    words = [f"{n}" for n in range(30)]
    for word in words:
        await asyncio.gather(*(say(owner, f"T{n % 5}", word) for n, owner in enumerate(owners * 5)))
    await world.settled()

    for ticket in range(5):
        said = [await heard(docs, f"T{ticket}", owner.owner) for owner in owners]
        assert said == [tuple(words)] * 3
    assert await asyncio.to_thread(docs.parking.count) == 0


async def test_redelivered_facts_are_ignored(world: World) -> None:
    docs, triage = await world.start("docs"), await world.start("triage")
    for ticket in range(10):
        await say(triage, f"T{ticket}", "a", "b", "c")
    await world.settled()
    before = (await docs.replica(TICKETS, "T3")).version
    await world.stop(docs)
    world.sql("docs", "DELETE FROM positions")

    bus = Watched(world.bus())
    docs = await world.start("docs", bus=bus)
    await world.settled()
    assert (bus.total.duplicates["triage"], bus.total.applied["triage"], bus.total.parked) == (30, 0, 0)
    assert (await docs.replica(TICKETS, "T3")).version == before


async def test_a_restarted_service_goes_on_where_it_stopped(world: World) -> None:
    docs, triage = await world.start("docs"), await world.start("triage")
    await say(triage, "T1", *map(str, range(20)))
    await world.settled()
    await world.stop(docs)
    await say(triage, "T1", "while it was away")

    bus = Watched(world.bus())
    docs = await world.start("docs", bus=bus)
    await world.settled()
    assert (bus.records, bus.total.applied["triage"]) == (1, 1)
    assert (await heard(docs, "T1", "triage"))[-1] == "while it was away"


async def test_two_processes_of_one_service_apply_each_fact_once(world: World) -> None:
    tables = answering("triage")
    first, triage = await world.start("docs", tables), await world.start("triage")
    for ticket in range(40):
        await say(triage, f"T{ticket}", "a", "b")
    second = await world.start("docs", tables)
    for ticket in range(40):
        await say(triage, f"T{ticket}", "c", "d")
    await world.settled()

    answers = tuple(f"triage said {word}" for word in "abcd")
    for ticket in range(40):
        for docs in (first, second):
            assert await heard(docs, f"T{ticket}", "triage") == tuple("abcd")
            assert await heard(docs, f"T{ticket}", "docs") == answers
        assert await heard(triage, f"T{ticket}", "docs") == answers
    assert doubled(world, "docs") == doubled(world, "triage") == []


async def test_poison_is_parked_with_its_tickets_later_facts_and_no_other(world: World) -> None:
    docs = await world.start("docs")
    triage = await world.start("triage", language=NOTES._replace(encode=poisonous))
    await say(triage, "T1", "before")
    await say(triage, "T1", "poison")
    await say(triage, "T1", "behind", "it")
    await say(triage, "T2", "another ticket")
    await world.settled()

    parked = await asyncio.to_thread(docs.parking.listed)
    assert [(row.aggregate, row.cause, row.ownerseq) for row in parked] == [
        ("T1", "undecodable", 0),
        ("T1", "behind", 3),
        ("T1", "behind", 4),
    ]
    assert await heard(docs, "T1", "triage") == ("before",)
    assert await heard(docs, "T2", "triage") == ("another ticket",)


async def test_a_batch_that_fails_for_one_ticket_is_applied_for_the_others(world: World) -> None:
    def fails(records: Sequence[RawRecord]) -> None:
        if any(record.key in ("T-bad", b"T-bad") for record in records):
            raise RuntimeError("one ticket fails the whole batch")

    intake = await world.start("intake")
    docs = await world.start("docs", bus=Watched(world.bus(), fails))
    await asyncio.gather(*(say(intake, subject, "a") for subject in ("T1", "T-bad", "T2")))
    for subject in ("T1", "T2"):
        await hears(docs, subject, "intake", ("a",))
    await world.settled()
    assert [row.aggregate for row in await asyncio.to_thread(docs.parking.listed)] == ["T-bad"]


async def test_a_gap_is_filled_from_the_owner(world: World) -> None:
    triage = await world.start("triage")
    await say(triage, "T1", "lost", "on the way")
    await world.settled()
    await world.stop(triage)
    await lose_what_was_said(world, "triage")

    docs, triage = await world.start("docs"), await world.start("triage")
    await say(triage, "T1", "arrives")
    await hears(docs, "T1", "triage", ("lost", "on the way", "arrives"))
    assert await asyncio.to_thread(docs.parking.count) == 0


async def lose_what_was_said(world: World, owner: str) -> None:
    """Nobody who begins to read now finds what `owner` has said so far on the bus."""
    if world.kafka is None:
        await asyncio.to_thread(_hide, world, owner)
        return
    anew = KafkaSettings(world.kafka.bootstrap, f"{world.kafka.prefix}anew.")
    await ensure_topics(anew.bootstrap, anew.prefix, only=TOPICS)
    world.kafka = anew


def _hide(world: World, owner: str) -> None:
    migrate(world.url, "docs")
    world.sql(
        "docs",
        f"INSERT INTO positions SELECT '{owner}', r.epoch::text, 0, max(e.notification_id)"
        f" FROM {owner}.relay r, {owner}.stored_events e WHERE e.own GROUP BY r.epoch",
    )


async def test_an_absent_store_is_waited_for_and_nothing_is_lost(world: World) -> None:
    away = Unavailable(3)
    docs, triage = await world.start("docs", bus=Watched(world.bus(), away)), await world.start("triage")
    for ticket in range(20):
        await say(triage, f"T{ticket}", "a", "b")
    await world.settled()
    assert away.failed == 3
    assert [await heard(docs, f"T{ticket}", "triage") for ticket in range(20)] == [("a", "b")] * 20


async def test_a_reader_that_is_held_up_does_not_fill_memory_with_what_waits(world: World) -> None:
    triage = await world.start("triage")
    for first in range(0, 240, 8):
        await asyncio.gather(*(say(triage, f"T{n}", *[f"{n}".ljust(20_000)] * 10) for n in range(first, first + 8)))
    await world.settled()
    busy, gate = threading.Event(), threading.Event()

    def hold(_records: Sequence[RawRecord]) -> None:
        busy.set()
        gate.wait(30)

    bus = Watched(world.bus(), hold)
    docs = await world.start("docs", bus=bus)
    assert await asyncio.to_thread(busy.wait, 20)
    before = resident()
    await asyncio.sleep(2)
    grown, handed_over = resident() - before, list(bus.sizes)
    gate.set()
    await world.settled()
    assert handed_over == []
    assert grown < 20_000_000, f"a backlog of 48 MB took {grown:,} bytes of memory while nothing was applied"
    assert max(bus.sizes) <= 500
    assert len(await heard(docs, "T7", "triage")) == 10


def resident() -> int:
    """Bytes of memory that this process occupies."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def test_a_service_that_joins_late_reads_all_history(world: World) -> None:
    triage, sla = await world.start("triage"), await world.start("sla", answering("triage"))
    for ticket in range(200):
        await say(triage, f"T{ticket}", "a", "b")
    await world.settled()

    billing = await world.start("billing")
    await world.settled()
    for ticket in range(200):
        assert await heard(billing, f"T{ticket}", "triage") == ("a", "b")
        assert await heard(billing, f"T{ticket}", "sla") == ("triage said a", "triage said b")
    assert (await billing.status()).replicated == 800
    assert (await sla.status()).replicated == 400
