"""A record whose id no cursor can hold does not stop its feed: the others are read."""

from __future__ import annotations

import pytest

from desk_deploy.testing.psa_bench import Bench, bench

from ...psa_cases import query

pytestmark = pytest.mark.postgres


async def _changes_are_read(desk: Bench) -> None:
    number = desk.open_ticket("after it")
    await desk.poller.round(sweep=False)
    assert (await desk.ticket(number)).intake.exists


@pytest.mark.parametrize("given", [2**63, -1, True, "x"])
async def test_a_ticket_with_an_impossible_id_leaves_the_feed_whole(database: str, given: object) -> None:
    async with bench(database, hooks=False, config={"callback_url": None}) as desk:
        number, _ = desk.open_ticket(), desk.open_ticket("next")
        desk.psa.faults.scripts.alter("service/tickets", number, {"id": given})
        result = await desk.poller.round(sweep=False)
        assert result.interrupted == []
        assert result.failed == 1
        assert query(desk, "SELECT kind, record FROM psa_revisits WHERE reason = 'failed'") == []
        await _changes_are_read(desk)
