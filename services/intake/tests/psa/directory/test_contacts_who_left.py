"""A contact who left in the PSA: tickets that are opened for them afterwards are held too."""

from __future__ import annotations

import pytest

from desk.contract.ticket.ticket import Status, status
from desk_deploy.testing.psa_bench import bench
from desk_simulators.connectwise import writes

pytestmark = pytest.mark.postgres


async def test_a_ticket_that_is_opened_in_the_psa_for_a_contact_who_left_is_held(database: str) -> None:
    async with bench(database) as desk:
        desk.open_ticket("one")
        await desk.settle()
        desk.clock.advance()
        leave = [{"op": "replace", "path": "inactiveFlag", "value": True}]
        writes.patch(desk.psa.state, "contact", 611, leave, desk.jdoe.actor)
        await desk.settle()
        desk.clock.advance()
        later = desk.open_ticket("two")
        await desk.settle()
        assert [e.data.contact for e in await desk.facts(later, "caller-revoked")] == ["cw-p611"]
        assert status(await desk.ticket(later)) is Status.HELD
