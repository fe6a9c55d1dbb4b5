"""Monitoring during a journey: metrics equal to the stores, liveness, readiness."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from desk.bus.local.bus import LocalBus
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.service.composition import ServiceApp
from desk.service.gauges import Gauges
from desk.telemetry import Metrics
from desk_deploy.testing.psa_bench import Bench, bench
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres
Labels = tuple[tuple[str, str], ...]


async def get(hosted: ServiceApp, path: str) -> httpx.Response:
    """An answer of one service."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(hosted.app), base_url="http://desk") as http:
        return await http.get(path)


async def measured(hosted: ServiceApp) -> dict[str, dict[Labels, float]]:
    """Metric -> labels -> value, as scraped."""
    await hosted.service.measure()
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families((await get(hosted, "/metrics")).text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def counted(hosted: ServiceApp, query: str) -> dict[Any, int]:
    """First column -> number, from the service's store."""
    rows = hosted.service.log.store.execute(lambda cursor: cursor.execute(query).fetchall())
    return {row[0]: row[-1] for row in rows}


def unreadable(hosted: ServiceApp, type_: str) -> None:
    """Let the service fail at facts of a type from now on."""

    def fails(_event: object, _state: object, _deciding: object) -> list[Any]:
        raise LookupError("a reaction with a mistake")

    reactions = hosted.service.log.tables.reactions
    assert isinstance(reactions, dict)
    reactions[type_] = fails


async def journey(desk: Bench) -> None:
    """A ticket is opened, written back and closed; a note cannot be handled by triage; a caller has no token."""
    number = desk.open_ticket()
    await desk.settle()
    unreadable(desk.hosted["triage"], "desk.intake.note-added.v1")
    desk.clock.advance()
    desk.jdoe.add_note(number, "Tunnel key expired", kind="internal")
    desk.jdoe.set_status(number, "closed")
    await desk.settle()
    assert (await get(desk.intake, "/tickets")).status_code == 401


async def test_metrics_hold_what_the_stores_hold(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        await journey(desk)
        triage, intake = desk.hosted["triage"], desk.intake
        at_triage, at_intake = await measured(triage), await measured(intake)

        by_owner = counted(triage, "SELECT owner, count(*) FROM stored_events GROUP BY 1")
        assert at_triage["desk_facts_heard_total"][("owner", "intake"),] == by_owner["intake"] > 3
        assert at_triage["desk_facts_appended_total"][("origin", "live"),] == by_owner["triage"] > 0
        parked = counted(triage, "SELECT state, count(*) FROM parked GROUP BY 1")
        assert at_triage["desk_parked_facts"][()] == parked["waiting"] > 0
        assert set(at_triage["desk_lag_facts"].values()) == {0.0}
        assert at_triage["desk_oldest_unpublished_seconds"][()] == 0

        effects = counted(intake, "SELECT kind || ' ' || state, count(*) FROM effects GROUP BY 1")
        shown = at_intake["desk_effects"]
        assert {f"{dict(labels)['kind']} {dict(labels)['state']}": value for labels, value in shown.items()} == effects
        assert effects
        assert at_intake["desk_refusals_total"][("code", "unauthenticated"),] == 1
        assert at_intake["desk_append_seconds_count"][()] > 3
        assert at_intake["desk_append_seconds_sum"][()] > 0


class AwayBus:
    """A bus whose broker takes nothing."""

    async def start(self, log: Any, apply: Any) -> None: ...

    async def stop(self) -> None: ...

    async def lag(self) -> Mapping[str, int]:
        return {"triage": 1}

    async def live(self) -> str | None:
        return None


async def test_the_oldest_fact_that_waits_for_the_broker_has_an_age(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        desk.open_ticket()
        await desk.settle()
        service, metrics = desk.hosted["triage"].service, Metrics("triage")
        await asyncio.sleep(0.05)
        bus: Any = AwayBus()
        await Gauges(metrics, bus, service.log.store, service.parking, service.effects).measure()
        age = metrics.registry.get_sample_value("desk_oldest_unpublished_seconds")
        assert age is not None and 0.05 < age < 60


async def test_a_reader_that_does_not_get_on_is_not_live_until_it_does(database: str) -> None:
    def impatient(notifier: CommitNotifier) -> LocalBus:
        return LocalBus(notifier, stall_after=0.5)

    async with bench(database, TRIAGE, bus=impatient) as desk:
        triage = desk.hosted["triage"]
        assert (await get(triage, "/health/live")).status_code == 200
        bus, released = triage.service._context.bus, threading.Event()
        assert isinstance(bus, LocalBus)
        apply = bus._retrying.apply
        bus._retrying.apply = lambda records, rows=(): (released.wait(20), apply(records, rows))[1]  # type: ignore[method-assign,misc]
        desk.open_ticket()
        await desk.deliver()
        await desk.gateway.reader.drain()
        stuck = await until(triage, 503)
        assert stuck.json()["checks"]["hearing"].startswith("no progress for")
        assert (await get(desk.intake, "/health/live")).status_code == 200
        released.set()
        assert (await until(triage, 200)).json()["ok"]


async def test_a_service_without_its_database_is_alive_and_not_ready(database: str, monkeypatch: Any) -> None:
    def away(*_: object, **__: object) -> Any:
        raise StoreUnavailable("the database is away")

    async with bench(database, TRIAGE) as desk:
        triage = desk.hosted["triage"]
        assert (await get(triage, "/health/ready")).status_code == 200
        with monkeypatch.context() as patched:
            patched.setattr(triage.service.log.store, "read", away)
            answer = await get(triage, "/health/ready")
            assert (answer.status_code, answer.json()["checks"]) == (503, {"store": "failed (StoreUnavailable)"})
            assert (await get(triage, "/health/live")).status_code == 200
        assert (await get(triage, "/health/ready")).status_code == 200


async def until(hosted: ServiceApp, status: int) -> httpx.Response:
    """Liveness, once it has that status."""
    end = time.monotonic() + 10
    while True:
        answer = await get(hosted, "/health/live")
        if answer.status_code == status or time.monotonic() > end:
            assert answer.status_code == status, answer.text
            return answer
        await asyncio.sleep(0.1)
