"""A simulated PSA for each test, with a clock that stands still until it is moved."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator


@dataclass
class StandingClock:
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


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def psa(clock: StandingClock, receiver: Receiver) -> Iterator[ConnectWiseSimulator]:
    yield ConnectWiseSimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(receiver))


@pytest.fixture
async def api(psa: ConnectWiseSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with psa.client() as client:
        yield client
    await psa.stop()
