"""A store of one of the five services, lost or set back, ends with what it held, and nobody decides anything anew."""

from __future__ import annotations

import pytest

from desk.bus.local.bus import LocalBus
from desk.contract.event import OWNERS
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork

from .drill import EPOCHS, Drill

pytestmark = pytest.mark.postgres


async def test_on_the_local_bus_each_store_comes_back_as_it_was(database: str) -> None:
    async with Drill(database, LocalBus) as drill:
        for owner in OWNERS:
            await drill.lose(owner)
            assert drill.wrong() == [], owner
            assert drill.sql(owner, EPOCHS) == [(1,)]
        for owner in OWNERS:
            await drill.set_back(owner)
            assert drill.wrong() == [], owner
            assert drill.sql(owner, EPOCHS) == [(2,)]
        await drill.set_back("triage", "sla")
        assert drill.wrong() == []
        await drill.set_back(*OWNERS)
        assert drill.wrong(drill.middle) == []
        assert {drill.sql(owner, EPOCHS) == [(1,)] for owner in OWNERS} == {True}


async def test_without_the_mark_a_lost_store_would_decide_anew(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Drill(database, LocalBus) as drill:
        monkeypatch.setattr(Replica, "decided_with", lambda *_: False)
        monkeypatch.setattr(UnitOfWork, "answered", lambda *_: False)
        await drill.lose("sla")
        assert any(line.startswith("sla holds anew") for line in drill.wrong())
