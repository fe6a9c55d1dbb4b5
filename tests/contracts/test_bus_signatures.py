"""Signatures on either bus: what an owner did not sign is not applied, and a desk of the release before goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from tests.contracts.bus_world import PATIENCE, TOPICS, World, answering, heard, hears, say

from desk.bus.kafka.settings import KafkaSettings
from desk.bus.records import messages, signed_now
from desk.eventstore.rows import NotificationRow
from desk.eventstore.table_writer import StoredEvent, insert_facts
from desk.inbox.parked_rows import Parked
from desk.service.service import Service
from desk.testing.notes import NOTES, TICKETS
from desk.testing.peers import Peer
from desk_deploy.kafka.topics import ensure_topics

pytestmark = pytest.mark.postgres


@pytest.fixture(params=["local", pytest.param("kafka", marks=pytest.mark.kafka)])
async def world(request: pytest.FixtureRequest, database: str) -> AsyncIterator[World]:
    settings = None
    if request.param == "kafka":
        prefix = request.getfixturevalue("kafka_prefix")
        settings = KafkaSettings(request.getfixturevalue("kafka"), prefix, session_timeout_ms=6_000)
        await ensure_topics(settings.bootstrap, prefix, only=TOPICS)
    made = World(database, settings)
    yield made
    await made.close()


async def forge(world: World, raw: bytes, signer: str | None) -> None:
    """Publish a fact in the name of its source, signed by another service or not at all, where peers read."""
    event = NOTES.decode(raw)
    signature = None if signer is None else world.signatures[signer].signer.sign(raw)
    if world.kafka is None:
        row = StoredEvent(
            event.subject, 1000, event.type, raw, event.id, event.owner, event.ownerseq, event.recordedtime,
            True, signature,
        )  # fmt: skip
        await asyncio.to_thread(world.store(event.owner).execute, lambda cursor: insert_facts(cursor, [row]))
        return
    fact = NotificationRow(
        1000, event.subject, event.type, event.id, event.ownerseq, event.recordedtime, raw, signature
    )
    (message,) = messages([fact], event.owner, "00000000-0000-0000-0000-000000000000", world.kafka.prefix)
    producer = AIOKafkaProducer(**world.kafka.producer("intake"))
    await producer.start()
    try:
        await producer.send_and_wait(message.topic, message.value, key=message.key, headers=list(message.headers))
    finally:
        await producer.stop()


async def listed(service: Service, state: str) -> list[Parked]:
    """Wait for records parked in that state."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await asyncio.to_thread(service.parking.listed, state=state)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


def next_of(subject: str, before: list[bytes]) -> Peer:
    """Triage as a forger knows it: everything that it has said so far."""
    peer = Peer("triage", subject)
    peer.facts = list(before)
    return peer


@pytest.mark.parametrize("signer", [None, "intake"])
async def test_a_forged_fact_is_not_applied_and_the_ticket_goes_on(world: World, signer: str | None) -> None:
    docs, triage = await world.start("docs", answering("triage")), await world.start("triage")
    await say(triage, "T1", "a")
    await hears(docs, "T1", "triage", ("a",))
    true = await asyncio.to_thread(triage.log.store.read, lambda reads: reads.own_of("T1", 0))
    forged = next_of("T1", true).says("confirm your password").value
    assert forged is not None
    if world.kafka is None:
        await world.stop(triage)
    await forge(world, forged, signer)

    if world.kafka is None:  # the row stands in the owner's own store, so that the owner seems to hold it
        (parked,) = await listed(docs, "waiting")
    else:
        (parked,) = await listed(docs, "skipped")
        await say(triage, "T1", "b")
        await hears(docs, "T1", "triage", ("a", "b"))
    assert parked.cause == ("unsigned" if signer is None else "unknown-key")
    assert "confirm your password" not in await heard(docs, "T1", "triage")
    assert "triage said confirm your password" not in await heard(docs, "T1", "docs")


async def test_a_desk_of_the_release_before_goes_on_without_a_setting(world: World) -> None:
    triage = await world.start("triage", signed=False)
    for ticket in ("T1", "T2"):
        await say(triage, ticket, "a", "b")
    early = await world.start("sla")  # has begun to verify before triage signs
    await asyncio.sleep(0.5)
    assert await heard(early, "T1", "triage") == ()
    await world.stop(triage)

    triage = await world.start("triage")
    await say(triage, "T1", "c")
    fresh = await world.start("docs")
    for reader in (early, fresh):
        await hears(reader, "T1", "triage", ("a", "b", "c"))
        await hears(reader, "T2", "triage", ("a", "b"))
    await world.settled()
    assert [await asyncio.to_thread(reader.parking.count) for reader in (early, fresh)] == [0, 0]
    assert world.sql("triage", "SELECT count(*) FROM stored_events WHERE own AND signature IS NULL") == [(0,)]
    again = await asyncio.to_thread(triage.log.store.read, lambda reads: reads.own_after(0, 10))
    assert signed_now(again, world.signatures["triage"].signer) == again


async def test_a_restored_store_takes_back_only_what_it_signed(world: World) -> None:
    triage, docs = await world.start("triage"), await world.start("docs")
    await say(triage, "T1", "a", "b", "c")
    await hears(docs, "T1", "triage", ("a", "b", "c"))
    await world.settled()
    await world.stop(triage)
    world.sql("triage", "DELETE FROM stored_events WHERE ownerseq = 3; DELETE FROM snapshots")
    world.sql("triage", "UPDATE relay SET storage = 'restored'")
    if world.kafka is not None:
        world.sql("triage", "DELETE FROM positions")  # a restore sets them back with the facts
        true = await asyncio.to_thread(docs.log.store.read, lambda reads: reads.events_after({"T1": 0}))
        forged = next_of("T1", [row.raw for row in true]).says("forged").value
        assert forged is not None
        await forge(world, forged, "docs")
    triage = await world.start("triage")
    assert (await triage.replica(TICKETS, "T1")).state.said("triage") == ("a", "b", "c")
