"""Simulated vendors for each test, with a clock that moves only on request."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from desk_simulators.auvik import AuvikSimulator
from desk_simulators.connectwise import ConnectWiseSimulator
from desk_simulators.itglue import ItGlueSimulator
from desk_simulators.ninjaone import NinjaOneSimulator
from desk_simulators.statuspage import StatuspageSimulator


@dataclass
class ManualClock:
    now: datetime = datetime(2026, 1, 15, 14, 0, 0, 500_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Receiver:
    """Takes callbacks and answers with the given statuses, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [202])
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return httpx.Response(status)


class Eventually(Protocol):
    async def __call__(self, condition: Callable[[], Awaitable[bool] | bool], seconds: float = 5) -> None: ...


@pytest.fixture
def eventually() -> Eventually:
    """Waits until the condition holds; fails when it does not in time."""

    async def wait(condition: Callable[[], Awaitable[bool] | bool], seconds: float = 5) -> None:
        for _ in range(int(seconds * 100)):
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"not within {seconds} s")

    return wait


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def psa(clock: ManualClock, receiver: Receiver) -> Iterator[ConnectWiseSimulator]:
    yield ConnectWiseSimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(receiver))


@pytest.fixture
async def api(psa: ConnectWiseSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with psa.client() as client:
        yield client
    await psa.stop()


@pytest.fixture
async def ninja(clock: ManualClock, receiver: Receiver) -> AsyncIterator[NinjaOneSimulator]:
    simulator = NinjaOneSimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(receiver))
    yield simulator
    await simulator.stop()


@pytest.fixture
async def rmm(ninja: NinjaOneSimulator) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the simulated RMM with a token of the application that may write."""
    async with ninja.client() as client:
        yield client


@pytest.fixture
def page(clock: ManualClock) -> StatuspageSimulator:
    return StatuspageSimulator(clock=clock, mode="manual")


@pytest.fixture
async def visitor(page: StatuspageSimulator) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the simulated status page, which needs no credentials."""
    async with page.client() as client:
        yield client


@pytest.fixture
async def auvik(clock: ManualClock, receiver: Receiver) -> AsyncIterator[AuvikSimulator]:
    simulator = AuvikSimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(receiver))
    yield simulator
    await simulator.stop()


@pytest.fixture
async def account(auvik: AuvikSimulator) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the simulated monitoring account with its API key."""
    async with auvik.client() as client:
        yield client


@pytest.fixture
def itglue(clock: ManualClock) -> ItGlueSimulator:
    return ItGlueSimulator(clock=clock, mode="manual")


@pytest.fixture
async def glue(itglue: ItGlueSimulator) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the simulated documentation account with its API key."""
    async with itglue.client() as client:
        yield client


@pytest.fixture(scope="session")
def captured() -> dict[str, Any]:
    """Bodies captured from a sandbox, by file name without extension."""
    named = os.environ.get("DESKSTREAM_DATA")
    roots = [Path(named)] if named else [parent / "shared" / "data" for parent in Path(__file__).resolve().parents]
    folder = next((root / "connectwise" for root in roots if (root / "connectwise").is_dir()), None)
    if folder is None:
        pytest.skip("no captured ConnectWise bodies: set DESKSTREAM_DATA or place shared/data beside the project")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
