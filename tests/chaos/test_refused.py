"""The database is away: whoever sends a command hears so within three seconds, however many send at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, NamedTuple

import httpx
import pytest

from desk.contract.event import Stream
from desk.contract.streams.clients import ClientObserved
from desk.eventstore.aggregate_id import aggregate_of
from desk.testing import controls as c
from desk.testing.served import Served, served
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_intake.main import INTAKE

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.alone]
TICKETS, EVERY, AWAY, AT_MOST, RECOVERS = 24, 0.25, 5.0, 3.0, 10.0
Shown = Callable[[str], None]


class Asked(NamedTuple):
    """One command's answer, and the seconds until it came."""

    status: int
    retry_after: str
    seconds: float


@pytest.fixture
async def world(server: EmbeddedPostgres) -> AsyncIterator[Served]:
    """Intake alone: its commands read the ticket, look things up and need keys."""
    async with served(server.url, INTAKE) as found:
        await found.say(c.CLIENT, ClientObserved(revision="1", instance="psa", record="250", active=True, title="Acme"))
        await found.say(
            c.CONTACT,
            c.contact(),
        )
        yield found


async def test_every_command_is_refused_in_time_and_the_service_recovers_alone(
    world: Served, server: EmbeddedPostgres, shown: Shown
) -> None:
    tickets = [(await opened(world)).json()["subject"] for _ in range(TICKETS)]
    world.service.log.cache.drop({aggregate_of(Stream.TICKETS, ticket) for ticket in tickets[::2]})
    await asyncio.to_thread(server.kill)
    at_once = [timed(noted(world, ticket)) for ticket in tickets] + [timed(opened(world)) for _ in range(TICKETS)]
    first, later = await asyncio.gather(asyncio.gather(*at_once), trickle(world, tickets))
    await asyncio.to_thread(server.start)
    back = time.monotonic()
    while (await noted(world, tickets[0])).status_code != 200:
        assert time.monotonic() - back < RECOVERS
        await asyncio.sleep(0.1)
    recovered = time.monotonic() - back
    answers = [*first, *later]
    longest, waited = max(answer.seconds for answer in answers), sum(answer.seconds > 1 for answer in answers)
    shown(
        f"database away {AWAY:.0f} s: {len(answers)} commands refused, {waited} of them after more than 1 s, "
        f"the last after {longest:.2f} s; taken again {recovered:.2f} s after its return"
    )
    assert {(answer.status, answer.retry_after) for answer in answers} == {(503, "2")}
    assert longest < AT_MOST
    assert [(await world.ticket(ticket)).intake.exists for ticket in tickets] == [True] * TICKETS


async def trickle(world: Served, tickets: list[str]) -> list[Asked]:
    """A command every now and then while the database is away, each waited for on its own."""
    end, sent = time.monotonic() + AWAY, list[asyncio.Task[Asked]]()
    while time.monotonic() < end:
        sent.append(asyncio.create_task(timed(noted(world, tickets[len(sent) % TICKETS]))))
        await asyncio.sleep(EVERY)
    return await asyncio.gather(*sent)


async def opened(world: Served) -> httpx.Response:
    asked = {"client": c.CLIENT, "contact": c.CONTACT, "problem": "VPN", "symptom": "vpn", "not_a_duplicate": "drill"}
    return await world.post("/tickets", asked)


async def noted(world: Served, ticket: str) -> httpx.Response:
    return await world.post(f"/tickets/{ticket}/note", {"cycle": 1, "text": "seen"})


async def timed(asking: Coroutine[Any, Any, httpx.Response]) -> Asked:
    start = time.monotonic()
    answer = await asking
    return Asked(answer.status_code, answer.headers.get("Retry-After", ""), time.monotonic() - start)
