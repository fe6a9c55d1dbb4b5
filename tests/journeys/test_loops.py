"""Every thread and task of a running desk is a loop that is watched, or one of a library that is named here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.chaos.desk.desk_and_psa import DeskAndPsa, desk_and_psa

from desk.supervision.loops import Loops
from desk_deploy.services import SERVICES

pytestmark = pytest.mark.postgres
EVERYWHERE = {
    "writer",
    "timers",
    "timers leases",
    "gaps",
    "gauges",
    "policies",
    "refused access",
    "local bus",
    "key audit",
}
CALLS = {"effects leases", "effects psa-sync", "effects psa-create", "effects psa-note"}
INTAKE = {"receipts", "receipts leases", "status maps", "poller chaos"} | CALLS
LIBRARIES = ("pool-", "asyncio_", "ThreadPoolExecutor", "AnyIO", "blocking", "Otel")
"""Threads of connection pools and of executors: they run our calls, and end with their pool."""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[DeskAndPsa]:
    async with desk_and_psa(database, tmp_path) as found:
        yield found


def ours(task: asyncio.Task[Any]) -> bool:
    """Whether a task runs code of a service: of `shared/desk`, the services or the deploy folder."""
    code = getattr(task.get_coro(), "cr_code", None)
    place = Path(code.co_filename) if code is not None else Path("/")
    inside = any(place.is_relative_to(ROOT / part) for part in ("shared/desk", "services", "deploy/desk_deploy"))
    return inside and not task.done()


async def test_every_loop_of_a_running_desk_is_watched(world: DeskAndPsa) -> None:
    before = {thread for thread in threading.enumerate() if thread is threading.main_thread()}
    logs = {name: hosted.service.log for name, hosted in world.people.running.hosted.items()}
    watched = {runner for log in logs.values() for runner in log.loops.runners()}
    threads = {thread for thread in threading.enumerate() if not thread.name.startswith(LIBRARIES)} - before
    assert {thread.name for thread in threads - watched} <= alien(threads)
    assert {task.get_name() for task in asyncio.all_tasks() if ours(task) and task not in watched} == set()
    for name in SERVICES:
        names = {beat.name for beat in logs[name].loops.heartbeats()}
        assert names == EVERYWHERE | (INTAKE if name == "intake" else set())


def alien(threads: set[threading.Thread]) -> set[str]:
    """Threads of the test run itself: whoever watches over child processes."""
    return {thread.name for thread in threads if thread.name.startswith("child ")}


async def test_each_loop_is_a_check_and_has_metrics(world: DeskAndPsa) -> None:
    answer = await world.people.http.get("/intake/health/live")
    assert answer.json()["checks"] == dict.fromkeys({"hearing"} | EVERYWHERE | INTAKE, "ok")
    lines = (await world.people.http.get("/intake/metrics")).text.splitlines()
    for name in EVERYWHERE | INTAKE:
        assert any(line.startswith(f'desk_loop_age_seconds{{loop="{name}"}}') for line in lines)
        assert any(line.startswith(f'desk_loop_failures_total{{loop="{name}"}}') for line in lines)


async def test_a_loop_that_hangs_fails_the_liveness_of_its_service_alone_by_its_name(world: DeskAndPsa) -> None:
    hosted, release = world.people.running.hosted["sla"], threading.Event()
    timers, loops = hosted.service.timers, hosted.service.log.loops
    turn = timers.turn
    timers.turn = lambda: release.wait(20) and turn()  # type: ignore[method-assign]
    loops.limit = 2.0
    try:
        stuck = await live(world, "sla", 503)
        wrong = {name: text for name, text in stuck.json()["checks"].items() if text != "ok"}
        assert set(wrong) == {"timers"}
        assert wrong["timers"].startswith("no turn for ")
        await live(world, "docs", 200)
    finally:
        release.set()
        loops.limit = 60.0
    await live(world, "sla", 200)


async def live(world: DeskAndPsa, service: str, status: int) -> httpx.Response:
    """The service's liveness, once it has that status."""
    for _ in range(200):
        answer = await world.people.http.get(f"/{service}/health/live")
        if answer.status_code == status:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(answer.text)


def test_without_loops_nothing_is_wrong() -> None:
    assert list(Loops().complaints()) == []
