"""Two intake processes on one database and one PSA: nothing is recorded twice, or in the wrong order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest

from desk.contract.event import Actor, Draft, Stream
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work.work_items import Command
from desk_deploy.testing.psa_bench import TYPES, Bench, another_intake, bench
from desk_deploy.testing.simulated_psa import BASE, PSA, START
from desk_docs.main import DOCS
from desk_intake.psa.composition import Gateway
from desk_intake.psa.ids import ticket_id
from desk_intake.psa.receipt_and_feed_rows import PSA_ROWS
from desk_intake.psa.receive.webhook import ensure_hooks
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_integrations.cursors import FeedPosition
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def second(desk: Bench, database: str) -> AsyncIterator[Gateway]:
    """The gateway of another intake."""
    async with another_intake(desk, database) as (_, gateway):
        yield gateway


@pytest.fixture
async def both(database: str) -> AsyncIterator[tuple[Bench, Gateway]]:
    async with bench(database, TRIAGE, DOCS) as desk, second(desk, database) as other:
        yield desk, other


class Slow:
    """A read of the other process that pauses between the PSA's answer and its recording."""

    def __init__(self, other: Gateway, number: int) -> None:
        psa: Any = other.psa_instances[PSA].access.connection.psa
        client = psa.client
        self._answered, self._on, self._ticket = asyncio.Event(), asyncio.Event(), client.ticket
        self._patch = patch.object(client, "ticket", self._get)
        self._patch.start()
        self._task = asyncio.create_task(other.psa_instances[PSA].tickets.read(str(number), "poll"))

    async def _get(self, number: int) -> Any:
        found = await self._ticket(number)
        self._answered.set()
        await self._on.wait()
        return found

    async def answered(self) -> None:
        await self._answered.wait()

    async def goes_on(self) -> int:
        self._on.set()
        self._patch.stop()
        return await self._task


async def test_of_two_reads_within_a_second_the_one_made_earlier_is_made_again(both: tuple[Bench, Gateway]) -> None:
    desk, other = both
    number = desk.open_ticket()
    await desk.settle()
    slow = Slow(other, number)
    await slow.answered()
    desk.jdoe.set_status(number, "open")
    await desk.settle()
    with pytest.raises(WriteInFlight):
        await slow.goes_on()

    assert await other.psa_instances[PSA].tickets.read(str(number), "poll") == 0
    assert [seen.status_class for seen in await desk.observed(number)] == ["new", "open"]


async def test_what_was_read_before_a_write_of_ours_is_no_act_of_a_person(both: tuple[Bench, Gateway]) -> None:
    desk, other = both
    number = desk.open_ticket()
    await desk.settle()
    slow = Slow(other, number)
    await slow.answered()
    await resolved_in_the_desk(desk, number)
    await desk.settle()
    with pytest.raises(WriteInFlight):
        await slow.goes_on()

    await desk.settle()
    ticket = await desk.ticket(number)
    assert (ticket.cycle, status(ticket)) == (1, Status.RESOLVED)
    assert len(await desk.observed(number)) == 1


async def resolved_in_the_desk(desk: Bench, number: int) -> None:
    hosted = desk.hosted["triage"]
    now, policies = hosted.service.log.clock.now(), hosted.parts.policies
    context = DecisionContext(
        id=uuid4(), actor=Actor("person", "tess"), now=now, policies=policies, roles=frozenset((Role.TIER2,))
    )

    def decide(_state: Any, _context: DecisionContext) -> list[Draft]:
        return [Draft(data=en.Resolved(), cycle=1)]

    await hosted.service.command(Command(Stream.TICKETS, ticket_id(PSA, str(number)), decide, context))


async def test_receipts_and_rounds_of_both_record_each_transition_once(both: tuple[Bench, Gateway]) -> None:
    desk, other = both
    numbers = [desk.open_ticket(f"Mail down {n}") for n in range(12)]
    for meaning in ("open", "waiting-client", "resolved"):
        desk.clock.advance()
        for number in numbers:
            desk.jdoe.set_status(number, meaning)
        await desk.deliver()
        await asyncio.gather(
            desk.gateway.reader.drain(), other.reader.drain(), desk.poller.round(), other.pollers[PSA].round()
        )
    desk.intake.service.log.store.execute(lambda cursor: cursor.execute("UPDATE psa_receipts SET next = now()"))
    await desk.settle()
    await other.pollers[PSA].round()

    for number in numbers:
        facts = await desk.facts(number)
        twice = [key for key, n in Counter((e.type, e.naturalkey) for e in facts).items() if n > 1]
        # a round may read a ticket before its first callback is read: that state is then recorded late, at its time
        classes = [e.data.status_class for e in sorted(facts, key=lambda e: e.time) if e.data.name == "psa-observed"]
        assert (twice, classes) == ([], ["new", "open", "waiting-client", "resolved"])


async def test_both_subscribe_at_once_and_there_is_one_subscription_of_each_type(database: str) -> None:
    async with bench(database, hooks=False) as desk, second(desk, database) as other:
        await asyncio.gather(ensure_hooks(desk.psa_instance.access), ensure_hooks(other.psa_instances[PSA].access))
        found = [(entry["type"], entry["url"].startswith(BASE)) for entry in desk.psa.state.table("callback")]
        assert sorted(found) == sorted((kind, True) for kind in TYPES)


async def test_a_round_that_ends_later_does_not_take_the_place_back(both: tuple[Bench, Gateway]) -> None:
    desk, other = both
    ahead, behind = FeedPosition(START + timedelta(hours=1), 70), FeedPosition(START, 60)
    cursors = PSA_ROWS.cursors
    await desk.psa_instance.access.query(lambda cursor: cursors.save_position(cursor, PSA, "changelog", ahead))
    await other.psa_instances[PSA].access.query(lambda cursor: cursors.save_position(cursor, PSA, "changelog", behind))
    found = await desk.psa_instance.access.query(lambda cursor: cursors.position(cursor, PSA, "changelog"))
    assert found == ahead
