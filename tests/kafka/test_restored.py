"""A store set back to an earlier point takes its own facts back from the bus before it decides anything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.contracts.bus_world import TOPICS, Watched, World, answering, doubled, heard, hears, say
from tests.kafka.raw import delete, everything

from desk.bus.kafka.recovery import recover
from desk.bus.own_event_recovery import RecoveredEvents
from desk.bus.republish import republish
from desk.contract.event import Event
from desk.decision.planning import Intent
from desk.testing.notes import TICKETS, text_of
from desk_deploy.kafka.topics import ensure_topics

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
TABLES = ("stored_events", "snapshots", "commands", "positions", "relay", "effects")


def back_up(world: World, owner: str) -> None:
    for table in TABLES:
        world.sql(owner, f"CREATE TABLE saved_{table} AS SELECT * FROM {table}")


def restore(world: World, owner: str) -> None:
    for table in TABLES:
        world.sql(owner, f"TRUNCATE {table}")
        world.sql(owner, f"INSERT INTO {table} SELECT * FROM saved_{table}")


def epoch(world: World, owner: str) -> str:
    return str(world.sql(owner, "SELECT epoch FROM relay")[0][0])


def own_facts_of_tickets(world: World, owner: str) -> int:
    statement = "SELECT count(*) FROM stored_events WHERE own AND originator_id NOT LIKE 'ops:%'"
    return int(world.sql(owner, statement)[0][0])


def calling(event: Event, _state: object) -> list[Intent]:
    return [Intent("page", client="acme", data=text_of(event).encode())]


async def test_a_restored_store_takes_its_own_facts_back_and_hears_its_peers_again(world: World) -> None:
    docs = await world.start("docs", answering("triage"))
    tables = answering("docs")._replace(effects={"desk.triage.said.v1": calling})
    triage = await world.start("triage", tables)
    for number in range(10):
        await say(triage, f"T{number}", "a")
    await world.settled()
    back_up(world, "triage")
    await say(triage, "T1", "b", "c")
    await say(docs, "T2", "x")
    await say(triage, "T-new", "d")
    await world.settled()
    await world.stop(triage)
    before = epoch(world, "triage")
    restore(world, "triage")

    triage = await world.start("triage", tables)
    assert await heard(triage, "T1", "triage") == ("a", "b", "c")
    assert await heard(triage, "T-new", "triage") == ("d",)
    assert epoch(world, "triage") != before
    await say(triage, "T1", "after")
    await world.settled()
    assert await heard(docs, "T1", "triage") == ("a", "b", "c", "after")
    assert await heard(triage, "T2", "docs") == ("triage said a", "x")
    assert docs.parking.count() == triage.parking.count() == 0
    assert doubled(world, "triage") == []
    doubtful = world.sql("triage", "SELECT data FROM effects WHERE state = 'unknown' ORDER BY data")
    # The ten that were planned in the backup may have been made since, as may those of the facts taken back.
    assert [bytes(row[0]) for row in doubtful] == [b"a"] * 10 + [b"b", b"c", b"d"]


async def test_a_store_that_was_lost_whole_takes_everything_of_its_own_back(world: World) -> None:
    triage, docs = await world.start("triage"), await world.start("docs", answering("triage"))
    for number in range(30):
        await say(triage, f"T{number}", "a", "b")
    await world.settled()
    await world.stop(triage)
    world.sql("triage", "DROP SCHEMA triage CASCADE")

    triage = await world.start("triage")
    assert own_facts_of_tickets(world, "triage") == 60
    await world.settled()
    assert (await triage.status()).replicated == 60
    await say(triage, "T3", "c")
    await world.settled()
    assert await heard(docs, "T3", "triage") == ("a", "b", "c")
    assert docs.parking.count() == 0


async def test_a_start_without_restore_keeps_its_epoch_and_takes_nothing_back(world: World) -> None:
    triage = await world.start("triage")
    await say(triage, "T1", "a", "b")
    await world.settled()
    before = epoch(world, "triage")
    await world.stop(triage)
    await world.start("triage")
    assert own_facts_of_tickets(world, "triage") == 2
    assert epoch(world, "triage") == before


async def test_a_store_that_decided_before_it_recovered_is_counted_as_divergent(world: World) -> None:
    triage = await world.start("triage")
    await say(triage, "T1", "a")
    await world.settled()
    back_up(world, "triage")
    await say(triage, "T1", "b")
    await world.settled()
    await world.stop(triage)
    restore(world, "triage")

    kafka, world.kafka = world.kafka, None
    alone = await world.start("triage")
    await say(alone, "T1", "another b")
    await world.stop(alone)
    world.kafka = kafka
    triage, docs = await world.start("triage"), await world.start("docs")
    assert await heard(triage, "T1", "triage") == ("a", "another b")
    await say(triage, "T2", "a ticket of its own")
    await world.settled()
    assert await heard(docs, "T2", "triage") == ("a ticket of its own",)
    assert await heard(docs, "T1", "triage") == ("a", "b")
    assert [row.cause for row in docs.parking.listed()] == ["divergence"]


async def test_a_topic_that_was_lost_is_published_again_and_read_by_those_who_come_late(world: World) -> None:
    assert world.kafka is not None
    settings = world.kafka
    docs, triage = await world.start("docs", answering("triage")), await world.start("triage")
    for number in range(20):
        await say(triage, f"T{number}", "a", "b")
    await world.settled()
    sent = {record.value for record in await everything(settings.bootstrap, settings.topic(TICKETS.topic))}
    for service in (docs, triage):
        await world.stop(service)
    await delete(settings)
    await ensure_topics(settings.bootstrap, settings.prefix, only=TOPICS)

    watched = Watched(world.bus())
    docs, triage = await world.start("docs", answering("triage"), bus=watched), await world.start("triage")
    await say(triage, "T3", "meanwhile")
    published = [await republish(world.store(owner), owner, settings) for owner in ("docs", "triage")]
    sla = await world.start("sla")
    await world.settled()
    again = {record.value for record in await everything(settings.bootstrap, settings.topic(TICKETS.topic))}
    assert again >= sent
    assert published[0] in (40, 41)
    assert published[1] == 41
    assert watched.total.applied["triage"] == 1
    assert await heard(sla, "T3", "triage") == ("a", "b", "meanwhile")
    assert await heard(sla, "T3", "docs") == ("triage said a", "triage said b", "triage said meanwhile")
    assert (await sla.status()).own + (await sla.status()).replicated == 82
    assert docs.parking.count() == triage.parking.count() == sla.parking.count() == 0


async def test_a_topic_made_anew_under_running_services_is_read_from_its_beginning(world: World) -> None:
    assert world.kafka is not None
    world.kafka = settings = world.kafka._replace(watch_every=0.3)
    watched = Watched(world.bus())
    docs, triage = await world.start("docs", bus=watched), await world.start("triage")
    for number in range(20):
        await say(triage, f"T{number}", "a", "b")
    await world.settled()
    await delete(settings)
    await ensure_topics(settings.bootstrap, settings.prefix, only=TOPICS)
    assert await republish(world.store("triage"), "triage", settings) == 40
    for number in range(20):
        await say(triage, f"T{number}", "c")
    for number in range(20):
        await hears(docs, f"T{number}", "triage", ("a", "b", "c"))
    await world.settled()
    assert watched.total.parked == 0
    assert watched.total.duplicates["triage"] >= 40


async def test_no_command_is_taken_before_a_long_recovery_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.kafka is not None
    world.kafka = world.kafka._replace(patience=0.1)
    ended: list[bool] = []

    async def slowly(*arguments: Any) -> RecoveredEvents:
        await asyncio.sleep(1)
        ended.append(True)
        return await recover(*arguments)

    monkeypatch.setattr("desk.bus.kafka.bus.recover", slowly)
    await world.start("triage")
    assert ended == [True]
