"""The local bus lets facts come together: few turns under a trickle, no wait where a page is full, none at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from tests.contracts.bus_world import Watched, World, hears, say

from desk.bus.local import bus as local
from desk.bus.local.bus import LocalBus
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier

pytestmark = pytest.mark.postgres
FOREVER = 600.0


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    made = World(database, None)
    yield made
    await made.close()


async def test_facts_that_trickle_in_are_taken_together(world: World) -> None:
    bus = Watched(world.bus())
    docs, triage = await world.start("docs", bus=bus), await world.start("triage")
    words = [f"{n}" for n in range(60)]
    start = time.monotonic()
    for word in words:
        await say(triage, "T1", word)
    await hears(docs, "T1", "triage", tuple(words))
    seconds = time.monotonic() - start
    assert bus.records == len(words)
    assert len(bus.sizes) <= seconds / local.LINGER + 2


async def test_a_full_page_does_not_wait_for_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LINGER", FOREVER)
    triage = await world.start("triage")
    words = tuple(f"{n}" for n in range(100))
    await say(triage, "T1", *words)
    bus = Watched(LocalBus(CommitNotifier(), limit=10))
    docs = await world.start("docs", bus=bus)
    await hears(docs, "T1", "triage", words)
    assert bus.sizes == [10] * 10


async def test_the_end_does_not_wait_for_facts_to_come_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LINGER", FOREVER)
    docs, triage = await world.start("docs"), await world.start("triage")
    await say(triage, "T1", "alone")
    await hears(docs, "T1", "triage", ("alone",))
    async with asyncio.timeout(10):
        await world.stop(docs)
