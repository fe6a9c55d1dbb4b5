"""Polling finds changes although the PSA's clock differs from ours by hours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.contract.ticket.ticket import Status, status
from desk_deploy.testing.psa_bench import Bench, bench
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres
POLLING = {"callback_url": None}


def _shift(desk: Bench, hours: int) -> None:
    desk.clock.now = (desk.intake.service.log.clock.now() + timedelta(hours=hours)).replace(microsecond=0)


@pytest.mark.parametrize("hours", [3, -3, 30])
async def test_a_ticket_that_is_closed_between_two_rounds_is_closed_here(database: str, hours: int) -> None:
    async with bench(database, TRIAGE, hooks=False, config=POLLING) as desk:
        desk.psa.faults.scripts.answer("forbidden", path="service/tickets/changelogs*")
        _shift(desk, hours)
        first = desk.open_ticket()
        await desk.poller.round(sweep=False)
        desk.clock.advance()
        desk.jdoe.close(first)
        second = desk.open_ticket("another")
        desk.jdoe.close(second)
        await desk.poller.round(sweep=False)
        await desk.settle()
        assert status(await desk.ticket(first, "triage")) is Status.RESOLVED
        assert (await desk.ticket(second)).intake.exists


async def test_a_clock_that_is_put_back_hides_a_change_until_the_next_sweep_at_most(database: str) -> None:
    async with bench(database, TRIAGE, hooks=False, config=POLLING) as desk:
        desk.psa.faults.scripts.answer("forbidden", path="service/tickets/changelogs*")
        _shift(desk, -5)
        history = desk.open_ticket("closed before anybody read it")
        desk.jdoe.close(history)
        _shift(desk, 0)
        desk.open_ticket()
        await desk.poller.round(sweep=False)
        _shift(desk, -3)
        second = desk.open_ticket("another")
        await desk.poller.round(sweep=True)
        assert (await desk.ticket(second)).intake.exists
        assert not (await desk.ticket(history)).intake.exists
