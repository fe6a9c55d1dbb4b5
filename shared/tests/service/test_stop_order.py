"""A service that stops finishes its calls before the connections that they use are closed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desk.contract.ticket.intake.assets import AssetLinked
from desk.decision.planning import Effects, Intent, OutboundCall, Outcome
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.service.definition import ByFact, Definition, Integrations
from desk.service.merged_integrations import merge
from desk.testing import controls as c
from desk.testing.served import served

pytestmark = pytest.mark.postgres


class Vendor:
    """A vendor that answers a while after it was asked."""

    def __init__(self) -> None:
        self.asked, self.order = asyncio.Event(), list[str]()

    async def call(self, _planned: OutboundCall, _state: Any) -> Outcome:
        self.asked.set()
        await asyncio.sleep(0.3)
        self.order.append("answered")
        return Outcome("done")

    async def close(self) -> None:
        self.order.append("closed")

    def integrations(self, *_: object) -> Integrations:
        kind = OutboundCallKind("pager", "pager", self.call, lambda _planned, _state: False)
        effects: ByFact[Effects] = {AssetLinked: (lambda _event, _state: [Intent("pager")],)}
        return merge([Integrations(kinds=(kind,), effects=effects, close=self.close), Integrations(close=self.close)])


async def test_a_call_under_way_finishes_before_the_connections_close(database: str) -> None:
    vendor = Vendor()
    async with served(database, Definition(owner="triage", integrations=vendor.integrations), "intake") as desk:
        await desk.say("t1", c.opening(), c.linked())
        await asyncio.wait_for(vendor.asked.wait(), 10)
    assert vendor.order == ["answered", "closed", "closed"]


async def test_every_connection_is_closed_also_when_one_cannot_be() -> None:
    vendor = Vendor()

    async def broken() -> None:
        raise OSError("the connection cannot be closed")

    with pytest.raises(OSError, match="cannot be closed"):
        await merge([Integrations(close=vendor.close), Integrations(close=broken)]).close()
    assert vendor.order == ["closed"]
