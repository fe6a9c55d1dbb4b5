"""A desk with a new address moves its own subscriptions and no others."""

from __future__ import annotations

from typing import Any

import pytest

from desk_deploy.testing.psa_bench import TYPES, Bench, bench
from desk_deploy.testing.simulated_psa import BASE, CALLBACK
from desk_intake.psa.receive.webhook import ensure_hooks

pytestmark = pytest.mark.postgres
FOREIGN = "https://other.example/psa/cw/callbacks?recordId="


def subscribed(desk: Bench) -> list[str]:
    return sorted({entry["url"] for entry in desk.psa.state.table("callback")})


async def moved(desk: Bench, address: str | None) -> None:
    link: Any = desk.psa_instance.access.connection
    link.config = link.config.model_copy(update={"callback_url": address})
    await ensure_hooks(desk.psa_instance.access)


async def test_subscriptions_of_a_former_address_are_taken_away(database: str) -> None:
    async with bench(database, hooks=False) as desk:
        await moved(desk, BASE)
        assert subscribed(desk) == [CALLBACK]
        await moved(desk, "http://elsewhere:8443/intake")
        assert subscribed(desk) == ["http://elsewhere:8443/intake/psa/cw/callbacks?recordId="]
        assert len(list(desk.psa.state.table("callback"))) == len(TYPES)


async def test_subscriptions_of_another_desk_on_the_same_psa_are_left(database: str) -> None:
    async with bench(database, hooks=False) as desk:
        await desk.psa_instance.access.connection.psa.client.ensure_callbacks(FOREIGN, ["ticket"])
        await moved(desk, BASE)
        await moved(desk, "http://elsewhere:8443/intake")
        assert FOREIGN in subscribed(desk)


async def test_a_desk_that_polls_only_leaves_no_subscription(database: str) -> None:
    async with bench(database, hooks=False) as desk:
        await moved(desk, BASE)
        await moved(desk, None)
        assert subscribed(desk) == []


async def test_a_subscription_that_is_gone_is_forgotten(database: str) -> None:
    async with bench(database, hooks=False) as desk:
        await moved(desk, BASE)
        for entry in list(desk.psa.state.table("callback")):
            await desk.psa_instance.access.connection.psa.client.delete_callback(entry["id"])
        await moved(desk, None)
        rows = desk.intake.service.log.store.execute(lambda c: c.execute("SELECT count(*) FROM psa_hooks").fetchone())
        assert rows == (0,)
