"""Both sides of a vendor's contract: our connector and the simulated vendor, on one clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from desk_connectors.connectwise import ConnectWise, ConnectWiseSettings, KeySource
from desk_connectors.http import Limits, UntrustedFetch
from desk_connectors.testing import FakeClock
from desk_simulators.connectwise import ConnectWiseSimulator

SETTINGS = ConnectWiseSettings(
    instance="main",
    site="https://na.myconnectwise.net",
    api="https://api-na.myconnectwise.net",
    company_id="examplemsp",
    public_key="PUBLICKEY",
    private_key="PRIVATEKEY",
    client_id="11111111-2222-3333-4444-555555555555",
    page_size=4,
    limits=Limits(deadline=0.3, read_delays=(0.25,)),
)


class Receiver:
    """Takes the simulator's callbacks: raw bodies and their signatures."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.taken.append((request.content, request.headers["x-content-signature"]))
        return httpx.Response(202)


class Both:
    """A simulated PSA and a client of it on one clock."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.receiver = Receiver()
        self.psa = ConnectWiseSimulator(
            clock=self.clock.now, mode="manual", callback_transport=httpx.MockTransport(self.receiver)
        )
        self.asgi = httpx.ASGITransport(app=self.psa.app)
        self.client = ConnectWise(replace(SETTINGS, **settings), self.asgi, self.clock)
        self.jdoe = self.psa.technician("jdoe")

    def opened(self, summary: str = "VPN down") -> int:
        """A ticket that a technician opened in the PSA itself."""
        return int(self.jdoe.open_ticket(summary, 250)["id"])

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.psa.ledger.calls)

    def keys(self) -> KeySource:
        """The key source of this instance, with the simulator behind a public address."""

        async def resolve(host: str, port: int) -> list[str]:
            return ["93.184.215.14"]

        fetch = UntrustedFetch("connectwise", resolve=resolve, inner=self.asgi)
        return KeySource(self.client.settings, fetch=fetch, clock=self.clock)

    async def delivered(self) -> tuple[bytes, str]:
        """Body and signature of the newest callback."""
        await self.psa.deliver_pending()
        return self.receiver.taken[-1]


Pairs = Callable[..., Both]


@pytest.fixture
def pair() -> Pairs:
    """Makes a simulated PSA and a client of it; keywords are settings of the client."""
    return Both


@pytest.fixture
def both() -> Both:
    return Both()
