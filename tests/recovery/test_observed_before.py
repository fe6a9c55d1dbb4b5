"""Intake observes each PSA change once, also when its store was restored and reads the PSA again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desk_billing.main import BILLING
from desk_deploy.testing.psa_bench import Bench, bench
from desk_docs.main import DOCS
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from .dumps import dumped
from .test_calls_after_restore import again, facts

pytestmark = pytest.mark.postgres


def recorded(desk: Bench) -> list[Any]:
    """Facts of tickets, whoever recorded them; sla's clocks run on meanwhile."""
    return [fact for fact in facts(desk) if not fact[0].startswith("ops:")]


async def statuses(desk: Bench, record: int, *names: str) -> None:
    """A technician sets one status after the other, some seconds apart; each is observed."""
    for name in names:
        desk.clock.advance()
        desk.jdoe.set_status(record, name)
        await desk.settle()


async def test_the_change_log_has_no_news_for_a_store_that_is_set_back_however_often(database: str) -> None:
    async with bench(database, TRIAGE, SLA, BILLING, DOCS) as desk:
        record = desk.open_ticket()
        await desk.settle()
        await desk.poller.round(sweep=False)
        await desk.settle()
        dump = await asyncio.to_thread(dumped, database, "intake")
        await statuses(desk, record, "open", "closed", "open")
        await desk.poller.round(sweep=False)
        await desk.settle()
        before = recorded(desk)
        for _ in range(2):
            await again(desk, database, dump)
            await desk.poller.round(sweep=False)
            await desk.settle()
            assert sorted(set(recorded(desk)) - set(before)) == []
            assert sorted(set(before) - set(recorded(desk))) == []
