"""What happens in the PSA becomes facts: one per transition, once, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .psa_bench import Bench, bench

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database) as found:
        yield found


async def test_a_ticket_of_the_psa_is_born_with_its_contract_link_and_first_observation(desk: Bench) -> None:
    number = desk.opened(priority=7, impact="High")
    await desk.settle()

    names = [event.data.name for event in await desk.facts(number)]
    assert names == ["ticket-opened", "client-tier-captured", "psa-linked", "psa-observed"]
    ticket = await desk.ticket(number)
    assert (ticket.intake.client, ticket.intake.contact, ticket.intake.tier.tier) == ("cw-c250", "cw-p611", "gold")
    assert ticket.intake.shows["priority"] == "P2"
    assert (await desk.observed(number))[0].changed["status"].after == "15"
