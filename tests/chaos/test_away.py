"""The broker or the database is away under load: intake goes on or refuses at once, and all is there afterwards.

DESKSTREAM_AWAY: seconds without the broker (15). DESKSTREAM_TERMS: how often every service is told to end (3).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.chaos.campaign import judged
from tests.chaos.desk.members import all_ready
from tests.chaos.desk.waiting import deliveries, spell
from tests.chaos.desk.workdir import Places
from tests.chaos.desk.world import World, running
from tests.chaos.people.load import load

from desk_deploy.kafka.provider import LocalKafka, can_run_locally
from desk_deploy.postgres.instance import EmbeddedPostgres

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.slow, pytest.mark.alone]
AWAY, TERMS = float(os.environ.get("DESKSTREAM_AWAY", "15")), int(os.environ.get("DESKSTREAM_TERMS", "3"))
SEED = int(os.environ.get("DESKSTREAM_SEED", "1"))
BEFORE, AFTER, DATABASE_AWAY, PACE = 8.0, 3.0, 5.0, 0.3
REFUSED_WITHIN = 3.0
Shown = Callable[[str], None]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalKafka]:
    """One that may be killed."""
    if not can_run_locally():
        pytest.skip("no local Apache Kafka: install a JDK 17 or later and Maven")
    with LocalKafka(tmp_path / "broker") as kafka:
        yield kafka


@pytest.fixture
async def world(places: Places) -> AsyncIterator[World]:
    """On the session's broker and database."""
    async with running(places) as found:
        yield found


async def test_intake_answers_while_the_broker_is_away_and_everything_is_told_afterwards(
    tmp_path: Path, database: str, kafka_prefix: str, broker: LocalKafka, shown: Shown
) -> None:
    async with running(Places(tmp_path, database, broker.bootstrap, kafka_prefix)) as world:
        async with load(world, SEED, pace=PACE) as journal:
            began = time.monotonic()
            await asyncio.sleep(BEFORE)
            told = len(await deliveries(world))
            await asyncio.to_thread(broker.kill, 1)
            gone = time.monotonic()
            await asyncio.sleep(AWAY)
            tries = (await deliveries(world))[told:]
            back = time.monotonic()
            await asyncio.to_thread(broker.start, 1)
            await asyncio.sleep(AFTER)
        drained = time.monotonic()
        right, figures = await judged(world, journal.path, SEED)
        drained = time.monotonic() - drained
        assert [member.code for member in world.members.values()] == [None] * 5
    before, away = (spell(journal.requests, *span, service="intake") for span in ((began, gone), (gone, back)))
    ratio = away.p99 / before.p99
    shown(
        f"broker away {AWAY:.0f} s, seed {SEED}\nintake before: {before}\nintake meanwhile: {away}\n"
        f"p99 meanwhile / before: {ratio:.2f}; callbacks meanwhile: {len(tries)}\n"
        f"at rest {drained:.1f} s after\n{figures}"
    )
    assert right, figures
    assert away.requests > 0
    assert not [status for status in away.statuses if status == 0 or status >= 500]
    assert {attempt["status"] for attempt in tries} <= {202}


async def test_while_the_database_is_away_everything_is_refused_at_once_and_recovers_alone(
    places: Places, server: EmbeddedPostgres, shown: Shown
) -> None:
    async with running(replace(places, database=server.url)) as world:
        async with load(world, SEED, pace=PACE) as journal:
            await asyncio.sleep(BEFORE)
            told = len(await deliveries(world))
            await asyncio.to_thread(server.kill)
            gone = time.monotonic()
            await asyncio.sleep(DATABASE_AWAY)
            tries = (await deliveries(world))[told:]
            await asyncio.to_thread(server.start)
            back = time.monotonic()
            await all_ready(world.members.values())
            ready = time.monotonic() - back
            await asyncio.sleep(AFTER)
        right, figures = await judged(world, journal.path, SEED)
        assert [member.code for member in world.members.values()] == [None] * 5
    meanwhile = spell(journal.requests, gone, back)
    statuses = sorted({str(attempt["status"]) for attempt in tries})
    shown(
        f"database away {DATABASE_AWAY:.0f} s, seed {SEED}\nmeanwhile: {meanwhile}\n"
        f"ready again {ready:.1f} s after; callbacks meanwhile: {len(tries)} with {', '.join(statuses)}\n{figures}"
    )
    assert right, figures
    refused = [request for request in journal.requests if request.status == 503]
    assert refused
    assert all(request.retry_after for request in refused)
    assert 500 not in meanwhile.statuses
    assert meanwhile.longest < REFUSED_WITHIN
    assert "429" in statuses
    assert set(statuses) <= {"429", "202", "None"}


async def test_services_that_are_told_to_end_drain_and_lose_nothing(world: World, shown: Shown) -> None:
    codes: list[int | None] = []
    async with load(world, SEED) as journal:
        for _ in range(TERMS):
            for member in world.members.values():
                codes.append(await asyncio.to_thread(member.stop))
                await asyncio.to_thread(member.start)
                await all_ready([member])
        await asyncio.sleep(AFTER)
    right, figures = await judged(world, journal.path, SEED)
    shown(f"SIGTERM {len(codes)} times, seed {SEED}: exit codes {set(codes)}\n{figures}")
    assert right, figures
    assert codes == [0] * (5 * TERMS)
