"""Hostile records on a topic, including those that break the client library: parked or ignored, without delay for
others.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.contracts.bus_world import TOPICS, Watched, World, heard, say
from tests.kafka.raw import Raw, committed, everything, put

from desk.inbox.ports import RawRecord
from desk.signing.signature import headers_of
from desk.testing.notes import TICKETS
from desk_deploy.kafka.topics import ensure_topics

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
JSON = ("content-type", b"application/json")


async def test_records_that_are_no_facts_are_parked_with_their_cause_and_the_rest_goes_on(world: World) -> None:
    assert world.kafka is not None
    docs, triage = await world.start("docs"), await world.start("triage")
    await put(
        world.kafka,
        Raw(b"T-json", b"\xff\xfe{", (JSON,)),
        Raw(b"T-null", None),
        Raw(b"T-list", b"[1, 2]", (JSON, ("type", b"\xff\x00"))),
        Raw(b"T-deep", b"[" * 100_000),
        Raw(b"T-big", b"{" + b" " * 900_000),
        Raw(None, b"{}"),
        Raw(b"\xff\xfe\x00", b"{}", (("source", None), ("position", b"-"))),
    )
    for number in range(20):
        await say(triage, f"T{number}", "a", "b")
    await world.settled()

    parked = await asyncio.to_thread(docs.parking.listed)
    assert {row.aggregate: row.cause for row in parked} == dict.fromkeys(
        ("T-json", "T-null", "T-list", "T-deep", "T-big", "", "\ufffd\ufffd?"), "undecodable"
    )
    assert [await heard(docs, f"T{number}", "triage") for number in range(20)] == [("a", "b")] * 20
    await asyncio.sleep(1.5)
    assert await committed(world.kafka, "docs") == 47


async def test_headers_that_are_no_text_do_not_keep_a_fact_from_being_heard(world: World) -> None:
    assert world.kafka is not None
    triage = await world.start("triage")
    await say(triage, "T1", "a", "b", "c")
    await world.settled()
    [*sent] = await everything(world.kafka.bootstrap, world.kafka.topic(TICKETS.topic))
    await world.stop(triage)

    world.kafka = world.kafka._replace(prefix=f"{world.kafka.prefix}x.")
    await ensure_topics(world.kafka.bootstrap, world.kafka.prefix, only=TOPICS)
    odd = (("none", None), ("binary", b"\xff\x00"), ("source", None), ("epoch", b"\xff"), ("position", b"many"))
    signed = [tuple(header for header in record.headers if header[0] == "signature") for record in sent]
    await put(
        world.kafka, *(Raw(record.key, record.value, odd + own) for record, own in zip(sent, signed, strict=True))
    )
    docs = await world.start("docs")
    await world.settled()
    assert await heard(docs, "T1", "triage") == ("a", "b", "c")


async def test_a_record_that_asks_for_an_answer_gets_none(world: World) -> None:
    assert world.kafka is not None
    elsewhere = f"{world.kafka.prefix}desk.security.v1"
    await ensure_topics(world.kafka.bootstrap, world.kafka.prefix, only=["desk.security.v1"])
    docs = await world.start("docs")
    asking = (("reply_to", elsewhere.encode()), ("correlation_id", b"1"))
    await put(world.kafka, *(Raw(b"T%d" % number, b"{}", asking) for number in range(10)))
    await world.settled()
    assert await asyncio.to_thread(docs.parking.count) == 10
    assert await everything(world.kafka.bootstrap, elsewhere) == []


async def test_own_facts_that_come_back_are_not_handed_to_the_inbox(world: World) -> None:
    assert world.kafka is not None
    bus = Watched(world.bus())
    triage = await world.start("triage", bus=bus)
    for number in range(30):
        await say(triage, f"T{number}", "a", "b")
    await world.settled()
    await asyncio.sleep(1.5)
    assert bus.records == 0
    assert await committed(world.kafka, "triage") == 60


async def test_a_forged_fact_of_ours_is_set_aside_and_one_that_we_signed_reported_as_divergence(world: World) -> None:
    assert world.kafka is not None
    triage = await world.start("triage")
    await say(triage, "T1", "a")
    await world.settled()
    [record] = await everything(world.kafka.bootstrap, world.kafka.topic(TICKETS.topic))
    forged = record.value.replace(b'"ownerseq":1', b'"ownerseq":2')
    source = ("source", b"/desk/triage")
    await put(world.kafka, Raw(b"T1", forged, (source,)))
    async with asyncio.timeout(20):
        while not (aside := await asyncio.to_thread(triage.parking.listed, state="skipped")):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert [(row.cause, row.ownerseq) for row in aside] == [("unsigned", 2)]
    assert await asyncio.to_thread(triage.parking.count) == 0

    signature = world.signatures["triage"].signer.sign(forged)
    await put(world.kafka, Raw(b"T1", forged, (source, *headers_of(signature))))
    await world.settled()
    [parked] = await asyncio.to_thread(triage.parking.listed)
    assert (parked.cause, parked.ownerseq) == ("divergence", 2)


async def test_a_batch_that_is_cancelled_from_within_is_taken_up_again(world: World) -> None:
    cancelled: list[int] = []

    def cancel(records: Sequence[RawRecord]) -> None:
        if records and len(cancelled) < 2:
            cancelled.append(len(records))
            raise asyncio.CancelledError

    docs, triage = await world.start("docs", bus=Watched(world.bus(), cancel)), await world.start("triage")
    await say(triage, "T1", "a", "b")
    await world.settled()
    await say(triage, "T1", "c")
    await world.settled()
    assert len(cancelled) == 2
    assert await heard(docs, "T1", "triage") == ("a", "b", "c")


async def test_names_of_headers_that_are_no_text_hold_up_nobody(world: World) -> None:
    assert world.kafka is not None
    docs, triage = await world.start("docs"), await world.start("triage")
    client = [sys.executable, str(Path(__file__).with_name("odd_client.py")), world.kafka.bootstrap]
    topic = world.kafka.topic(TICKETS.topic)
    process = await asyncio.create_subprocess_exec(*client, topic, "T1", "0", "1", "2", "3")
    assert await process.wait() == 0
    await say(triage, "T1", "behind")
    await say(triage, "T2", "a")
    await world.settled()
    parked = await asyncio.to_thread(docs.parking.listed)
    assert [row.record.value for row in parked][:4] == [b"0", b"1", b"2", b"3"]
    assert [name for name, _ in parked[1].record.headers] == ["\ufffd\ufffd"]
    assert await heard(docs, "T2", "triage") == ("a",)
    async with asyncio.timeout(10):
        while docs.parking.count() < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
