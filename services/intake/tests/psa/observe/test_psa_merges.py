"""Merges in the PSA: a merged ticket continues in the root, and nothing more is written to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from desk.contract.event import Actor, Draft, Payload, Stream
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work.work_items import Command
from desk.timers.scheduler import EVERY
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, DOCS, SLA) as found:
        yield found


def ours(number: int) -> str:
    return ticket_id(PSA, str(number))


async def decided(desk: Bench, service: str, number: int, data: Payload) -> None:
    """Record a fact as decided by a person in the desk."""
    hosted = desk.hosted[service]
    now, policies = hosted.service.log.clock.now(), hosted.parts.policies
    context = DecisionContext(
        id=uuid4(), actor=Actor("person", "tess"), now=now, policies=policies, roles=frozenset((Role.TIER2,))
    )

    def decide(_state: Any, _context: DecisionContext) -> list[Draft]:
        return [Draft(data=data)]

    await hosted.service.command(Command(Stream.TICKETS, ours(number), decide, context))


async def names(desk: Bench, number: int) -> list[str]:
    return [event.data.name for event in await desk.facts(number)]


async def two(desk: Bench) -> tuple[int, int]:
    root, loser = desk.open_ticket("Mail down"), desk.open_ticket("Mail down too")
    await desk.settle()
    desk.clock.advance()
    return root, loser


async def test_a_merge_in_the_psa_is_one_on_both_tickets(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.merge(root, [loser])
    await desk.settle()

    merged, winner = await desk.ticket(loser), await desk.ticket(root)
    assert (status(merged), merged.intake.merged_into) == (Status.MERGED, ours(root))
    assert (status(winner), winner.intake.absorbed) == (Status.TRIAGED, (ours(loser),))
    fact = (await desk.facts(loser, "merged-into"))[0]
    assert (str(fact.actor), fact.mode) == ("psa-member:jdoe", "outside")


async def test_the_status_that_a_merge_sets_ends_nothing_and_nobody_is_asked_about_it(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.merge(root, [loser])
    await desk.settle()

    found = await names(desk, loser)
    assert found.index("merged-into") < len(found) - 1 - found[::-1].index("psa-observed")
    assert not {"resolved", "closed", "survey-requested", "outside-closure-noticed"} & set(found)
    assert (await desk.facts(loser, "observation-ruled"))[-1].data.outcome == "none"
    assert {e.data.reason for e in await desk.facts(loser, "clock-cancelled")} == {"merged"}


async def test_a_merge_that_is_read_again_records_nothing(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.merge(root, [loser])
    await desk.settle()
    before = (await names(desk, loser), await names(desk, root))
    await desk.psa_instance.tickets.read(str(loser), "poll")
    await desk.psa_instance.tickets.read(str(root), "poll")
    await desk.settle()
    assert (await names(desk, loser), await names(desk, root)) == before


async def test_moments_of_a_ticket_come_by_the_clock_of_the_psa_alone(desk: Bench) -> None:
    """Timers follow the PSA's clock only, so that a slow test gets no facts from them."""
    number = desk.open_ticket()
    await desk.settle()
    assert desk.hosted["sla"].service.timers.turn() == 0
    before = await names(desk, number)
    assert "clock-started" in before and "clock-breached" not in before
    await asyncio.sleep(2 * EVERY)
    await desk.settle()
    assert await names(desk, number) == before

    desk.clock.advance(7 * 86_400)
    for _ in range(40):
        await asyncio.sleep(EVERY)
        await desk.settle()
        if "clock-breached" in await names(desk, number):
            return
    raise AssertionError(f"no clock was breached: {await names(desk, number)}")


async def test_a_merge_without_a_callback_is_found_by_polling(desk: Bench) -> None:
    await desk.poller.round()
    root, loser = await two(desk)
    desk.psa.faults.change({"callbacks_lost": 1.0})
    desk.jdoe.merge(root, [loser])
    await desk.poller.round()
    await desk.settle()
    assert (await desk.ticket(loser)).intake.merged_into == ours(root)


async def test_a_root_that_has_no_ticket_yet_is_read_first(desk: Bench) -> None:
    root = desk.open_ticket("Mail down")
    loser = desk.open_ticket("Mail down too")
    desk.jdoe.merge(root, [loser])
    await desk.psa_instance.tickets.read(str(loser), "poll")
    assert (await desk.ticket(loser)).intake.merged_into == ours(root)
    assert (await names(desk, loser))[0] == "ticket-opened"
    assert (await desk.ticket(root)).intake.absorbed == (ours(loser),)


async def test_a_chain_of_merges_resolves_to_its_root(desk: Bench) -> None:
    middle, loser = await two(desk)
    root = desk.open_ticket("Everything down")
    await desk.settle()
    desk.jdoe.merge(middle, [loser])
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.merge(root, [middle])
    await desk.settle()

    assert [(await desk.ticket(n)).intake.merged_into for n in (loser, middle)] == [ours(root)] * 2
    assert set((await desk.ticket(root)).intake.absorbed) == {ours(loser), ours(middle)}


async def test_a_merge_into_a_ticket_that_was_merged_before_ends_in_the_root(desk: Bench) -> None:
    root, middle = await two(desk)
    loser = desk.open_ticket("And mine")
    await desk.settle()
    desk.jdoe.merge(root, [middle])
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.merge(middle, [loser])
    await desk.settle()
    assert (await desk.ticket(loser)).intake.merged_into == ours(root)


async def test_a_merge_that_would_end_in_itself_is_not_followed_and_said(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.merge(root, [loser])
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.merge(loser, [root])
    await desk.settle()

    assert (await desk.ticket(root)).intake.merged_into is None
    log = desk.intake.service.log
    rows = log.store.read(lambda reads: reads.events_after({f"security:{ours(root)}": 0}))
    assert [getattr(log.language.decode(row.raw).data, "rule", None) for row in rows] == ["psa-merge-cycle"]


async def test_nothing_is_written_to_a_merged_ticket(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.merge(root, [loser])
    await decided(desk, "triage", loser, d.Assigned(technician="mlopez", revision=1))
    await desk.settle()
    await desk.until_called()
    calls = desk.psa.ledger.writes(member="DeskAPI", path=f"service/tickets/{loser}")
    assert [call.method for call in calls] == []


async def test_an_answer_that_crossed_the_merge_is_said_on_the_root(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.merge(root, [loser])
    reply = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa", text="Done.")
    await decided(desk, "intake", loser, reply)
    await desk.deliver()
    await desk.gateway.reader.drain()
    await desk.settle()
    said = [n["ticketId"] for n in desk.psa.state.table("note") if n["text"].startswith("Done.")]
    assert said == [root]


async def test_notes_that_the_merge_moved_are_not_said_twice(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.add_note(loser, "Since this morning.", contact=611)
    await desk.settle()
    desk.clock.advance()
    desk.jdoe.merge(root, [loser])
    await desk.settle()
    assert len(await desk.facts(loser, "client-replied")) == 1
    assert await desk.facts(root, "client-replied") == []


async def test_a_command_on_a_merged_ticket_is_refused_and_names_the_root(desk: Bench) -> None:
    root, loser = await two(desk)
    desk.jdoe.merge(root, [loser])
    await desk.settle()
    body = {"cycle": 1, "statement": "It is mail"}
    headers = desk.authorised(Role.TIER2)
    answer = await desk.http.post(f"/tickets/{ours(loser)}/restate-problem", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["root"]) == (409, "ticket_merged", ours(root))
