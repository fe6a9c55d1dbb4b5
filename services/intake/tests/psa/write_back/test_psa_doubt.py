"""A change after a write of ours counts as made in view of that write, also before its outcome is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest

from desk.contract.event import Actor, Draft, Payload, Stream
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work.work_items import Command
from desk.outbox.worker import OutboundCallWorker
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, DOCS) as found:
        yield found


async def decided(desk: Bench, number: int, data: Payload, cycle: int | None = None) -> None:
    """Record a fact of triage as decided by a person in the desk."""
    hosted = desk.hosted["triage"]
    now, policies = hosted.service.log.clock.now(), hosted.parts.policies
    context = DecisionContext(
        id=uuid4(), actor=Actor("person", "tess"), now=now, policies=policies, roles=frozenset((Role.TIER2,))
    )

    def decide(_state: Any, _context: DecisionContext) -> list[Draft]:
        return [Draft(data=data, cycle=cycle)]

    await hosted.service.command(Command(Stream.TICKETS, ticket_id(PSA, str(number)), decide, context))


async def resolved_in_the_psa(desk: Bench) -> int:
    number = desk.open_ticket()
    desk.clock.advance()
    desk.jdoe.set_status(number, "resolved")
    await desk.settle()
    desk.clock.advance()
    return number


async def reopened_in_the_desk(desk: Bench, number: int) -> None:
    end = (await desk.ticket(number)).triage.end
    assert end is not None
    await decided(desk, number, en.Reopened(undoes=end.id, cause="client"), cycle=2)


async def before_the_outcome(desk: Bench, act: Callable[[], object]) -> None:
    """Drain the desk while `act` and the reading of its callback happen between our write and its recorded outcome."""
    await acted_before_the_outcome(desk, act)
    await desk.until_called()
    desk.intake.service.log.store.execute(lambda cursor: cursor.execute("UPDATE psa_receipts SET next = now()"))
    await desk.settle()


async def acted_before_the_outcome(desk: Bench, act: Callable[[], object]) -> None:
    """The same, without waiting for calls whose outcome stays open."""
    settle, acted = OutboundCallWorker._record_outcome, list[object]()

    async def later(worker: OutboundCallWorker, settled: Any) -> None:
        if not acted and settled.outcome is not None and settled.planned.kind == "psa-sync":
            desk.clock.advance()
            acted.append(act())
            await desk.deliver()
            await desk.gateway.reader.drain()
        await settle(worker, settled)

    with patch.object(OutboundCallWorker, "_record_outcome", later):
        await desk.settle()
    assert acted


async def outcomes(desk: Bench, number: int) -> list[str]:
    return [event.data.outcome for event in await desk.facts(number, "observation-ruled")]


async def test_who_closes_before_the_outcome_of_our_write_is_recorded_is_not_overruled(desk: Bench) -> None:
    number = await resolved_in_the_psa(desk)
    await reopened_in_the_desk(desk, number)
    await before_the_outcome(desk, lambda: desk.jdoe.close(number))

    ticket = await desk.ticket(number)
    assert (ticket.cycle, status(ticket)) == (2, Status.CLOSED)
    assert "stale" not in await outcomes(desk, number)
    assert desk.psa.state.record("ticket", number)["status"]["id"] == 24


async def test_who_sets_back_what_we_wrote_before_its_outcome_is_recorded_is_observed(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.jdoe.set_status(number, "open")
    await desk.settle()
    desk.clock.advance()
    await decided(desk, number, en.Resolved(), cycle=1)
    await before_the_outcome(desk, lambda: desk.jdoe.reopen(number))

    ticket = await desk.ticket(number)
    assert (ticket.cycle, (await outcomes(desk, number))[-1]) == (2, "reopened")


async def test_who_closes_after_a_write_whose_answer_was_lost_is_not_overruled(desk: Bench) -> None:
    number = await resolved_in_the_psa(desk)
    await reopened_in_the_desk(desk, number)
    desk.psa.faults.once("act-then-time-out", "PATCH", f"service/tickets/{number}")
    await before_the_outcome(desk, lambda: desk.jdoe.close(number))

    ticket = await desk.ticket(number)
    assert (ticket.cycle, status(ticket)) == (2, Status.CLOSED)
    assert "stale" not in await outcomes(desk, number)


async def test_what_others_changed_after_a_lost_answer_is_observed_as_theirs(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await decided(desk, number, en.Resolved(), cycle=1)
    desk.psa.faults.once("act-then-time-out", "PATCH", f"service/tickets/{number}")
    await before_the_outcome(desk, lambda: desk.jdoe.assign(number, "asingh"))

    assert (await desk.observed(number))[-1].changed["technician"].after == "asingh"
    assert (await desk.ticket(number)).triage.technician == "asingh"


async def test_a_lost_call_that_was_not_carried_out_is_made_again(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await decided(desk, number, d.Assigned(technician="mlopez", revision=1))
    desk.psa.faults.once("server-error", "PATCH", f"service/tickets/{number}")
    await desk.settle()
    await desk.until_called()
    assert desk.psa.state.record("ticket", number)["owner"]["identifier"] == "mlopez"


def forbid_statuses(desk: Bench, board: int) -> None:
    """Forbid our role to read that board's statuses."""
    desk.psa.faults.scripts.answer("forbidden", path=f"service/boards/{board}/statuses")
    desk.psa_instance.access.connection._statuses.clear()


def moved(desk: Bench, number: int, technician: str) -> None:
    """Move the record to another board as a technician."""
    desk.jdoe.move_board(number, 2)
    desk.clock.advance()
    desk.jdoe.assign(number, technician)


def written(desk: Bench, number: int) -> int:
    return len(desk.psa.ledger.writes(member="DeskAPI", path=f"service/tickets/{number}"))


async def test_a_board_that_may_not_be_read_does_not_hide_a_write_on_another_board(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    forbid_statuses(desk, 2)
    await decided(desk, number, d.Assigned(technician="mlopez", revision=1))
    desk.psa.faults.once("act-then-time-out", "PATCH", f"service/tickets/{number}")
    await before_the_outcome(desk, lambda: moved(desk, number, "asingh"))

    assert (await desk.ticket(number)).triage.technician == "asingh"
    assert written(desk, number) == 1
    assert [e.data.wrote for e in await desk.facts(number, "psa-synced")] == [{"technician": "mlopez"}]


async def test_what_is_no_status_is_found_on_a_board_whose_statuses_may_not_be_read(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    forbid_statuses(desk, 1)
    await decided(desk, number, d.Assigned(technician="mlopez", revision=1))
    desk.psa.faults.once("act-then-time-out", "PATCH", f"service/tickets/{number}")
    await before_the_outcome(desk, lambda: desk.jdoe.assign(number, "asingh"))

    assert (await desk.ticket(number)).triage.technician == "asingh"
    assert written(desk, number) == 1


async def test_a_status_on_a_board_that_may_not_be_read_stays_in_doubt_and_is_not_written_again(desk: Bench) -> None:
    number = await resolved_in_the_psa(desk)
    forbid_statuses(desk, 1)
    await reopened_in_the_desk(desk, number)
    desk.psa.faults.once("act-then-time-out", "PATCH", f"service/tickets/{number}")
    before = written(desk, number)
    await acted_before_the_outcome(desk, lambda: desk.jdoe.close(number))
    desk.intake.service.log.store.execute(lambda cursor: cursor.execute("UPDATE effects SET next = now()"))
    await desk.settle()

    (call,) = desk.intake.service.effects.listed("open")
    assert (call.planned.kind, call.planned.state, call.refused is not None) == ("psa-sync", "unknown", True)
    assert "statuses" in call.detail and "403" in call.detail
    assert written(desk, number) == before + 1

    desk.psa.faults.scripts.clear()
    await desk.until_called()
    desk.intake.service.log.store.execute(lambda cursor: cursor.execute("UPDATE psa_receipts SET next = now()"))
    await desk.settle()
    ticket = await desk.ticket(number)
    assert (ticket.cycle, status(ticket)) == (2, Status.CLOSED)
    assert "stale" not in await outcomes(desk, number)


async def test_a_change_before_our_write_carries_the_ownerseq_visible_then(desk: Bench) -> None:
    number = await resolved_in_the_psa(desk)
    before = (await desk.ticket(number)).intake.written_back_seq
    await reopened_in_the_desk(desk, number)
    desk.clock.advance(120)
    await desk.settle()
    assert (await desk.ticket(number)).intake.written_back_seq > before

    at = desk.clock.now
    desk.clock.advance(-60)
    desk.jdoe.set_status(number, "waiting-client")
    desk.clock.now = at
    await desk.settle()
    assert (await desk.observed(number))[-1].shown == before
