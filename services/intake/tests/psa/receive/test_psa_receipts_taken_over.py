"""Receipts of an ended process are read within seconds, before their lease ends."""

from __future__ import annotations

import asyncio

import pytest

from desk.contract.event import Stream
from desk_deploy.testing.psa_bench import another_intake, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_intake.psa.ids import ticket_id

pytestmark = pytest.mark.postgres


async def test_receipts_claimed_by_an_ended_process_are_read_by_another(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.eventstore.connections.presence.GRACE", 0.2)
    async with bench(database) as desk, another_intake(desk, database) as (hosted, other):
        one, two = desk.gateway.reader, other.reader
        await one.free_ended()  # takes the lock that says that it lives
        number = desk.open_ticket()
        await desk.deliver()
        assert await asyncio.to_thread(one._take)
        for _ in range(2):
            await two.free_ended()
            await asyncio.sleep(0.3)
        assert await two.turn() == 0
        # the server releases the lock when a process ends, and an ended process does not take it again
        presence = desk.intake.service.log.presence
        monkeypatch.setattr(presence, "ended", lambda _holders: [])
        await asyncio.to_thread(presence.release)
        read = 0
        for _ in range(50):  # the server takes a moment to end the session
            await two.free_ended()
            await asyncio.sleep(0.3)
            read = await two.drain()
            if read:
                break
        assert read > 0
        ticket = await hosted.service.replica(Stream.TICKETS, ticket_id(PSA, str(number)))
        assert ticket.state.intake.exists
