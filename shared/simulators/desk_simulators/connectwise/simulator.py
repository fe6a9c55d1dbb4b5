"""The simulator's public face."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Literal

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from desk_simulators.connectwise import server, snapshot
from desk_simulators.connectwise.callbacks.delivery import Delivery, DeliveryRules
from desk_simulators.connectwise.callbacks.message_ids import random_ids, seeded_ids
from desk_simulators.connectwise.callbacks.queue import CallbackQueue
from desk_simulators.connectwise.clock import Clock, system_clock
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.history import History
from desk_simulators.connectwise.http.control import Control
from desk_simulators.connectwise.http.gateway import Gateway
from desk_simulators.connectwise.identity import Behaviour, Instance
from desk_simulators.connectwise.ledger import Ledger
from desk_simulators.connectwise.seed import seed
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.technician import Technician
from desk_simulators.connectwise.transport import InProcessTransport

Mode = Literal["background", "manual"]


class ConnectWiseSimulator:
    """One simulated ConnectWise PSA.

    `mode` manual: callbacks wait until `deliver_pending`, in a reproducible order. Background: they are sent by a
    task that runs between `start` and `stop` (the app's lifespan calls both). `state_file` is read here and written
    by `save`. `callback_transport` replaces the network for callbacks.
    """

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        instance: Instance | None = None,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        rules: DeliveryRules | None = None,
        mode: Mode = "background",
        callback_transport: httpx.AsyncBaseTransport | None = None,
        state_file: Path | None = None,
        ledger_capacity: int | None = None,
    ) -> None:
        self.state = PsaState(clock=clock, instance=instance, behaviour=behaviour)
        self.faults = faults or Faults()
        self.ledger = Ledger(ledger_capacity)
        self._mode = mode
        self._state_file = state_file
        rules = rules or DeliveryRules()
        if state_file is None or not snapshot.load(self.state, state_file):
            seed(self.state)
        self._history = History(self.state)
        self.queue = self._queue(rules.scale)
        self.delivery = Delivery(self.state, self.queue, rules, callback_transport)
        gateway = Gateway(self.state, self.faults, self.ledger, rules.scale)
        self.app = Starlette(
            routes=[*Control(self).routes(), Route("/{path:path}", gateway.answer, methods=server.METHODS)],
            lifespan=self._lifespan,
        )

    def technician(self, member: str) -> Technician:
        """Raises KeyError for an identifier that is nobody's."""
        return Technician(self.state, member)

    def transport(self) -> InProcessTransport:
        """For httpx.AsyncClient: calls the app in process and keeps the client's read time-out."""
        return InProcessTransport(httpx.ASGITransport(self.app))

    def client(self, timeout: float = 5.0) -> httpx.AsyncClient:
        """An in-process client with the API member's credentials; paths are below the API root."""
        instance = self.state.instance
        root = f"{instance.public_url}/{self.faults.codebase or instance.codebase}apis/3.0/"
        headers = instance.headers()
        return httpx.AsyncClient(transport=self.transport(), base_url=root, headers=headers, timeout=timeout)

    @property
    def pending(self) -> int:
        """Callbacks that wait."""
        return len(self.queue)

    async def deliver_pending(self, limit: int | None = None) -> int:
        """Send what waits, retries included, without waiting for due times; returns the attempts made."""
        return await self.delivery.pump(limit)

    async def start(self) -> None:
        if self._mode == "background":
            await self.delivery.start()

    async def stop(self) -> None:
        """Ends the background delivery, closes connections and saves the state file, if there is one."""
        await self.delivery.stop()
        self.save(ended=True)

    def save(self, *, ended: bool = False) -> None:
        """Write the state file, if there is one. `ended`: nothing comes after it."""
        if self._state_file is not None:
            snapshot.save(self.state, self._state_file, ended=ended)

    def serve(self, port: int = 0) -> AbstractAsyncContextManager[str]:
        """`async with simulator.serve() as url`: real HTTP on 127.0.0.1; port 0 takes a free one."""
        return server.serve(self.app, self.state.instance, port)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    def _queue(self, scale: float) -> CallbackQueue:
        """Manual: by the simulated clock and with seeded ids, so that the same test sends the same messages."""
        live = self._mode == "background"
        return CallbackQueue(
            self.state,
            self.faults,
            self.ledger,
            monotonic=monotonic if live else self._simulated_seconds,
            message_ids=random_ids() if live else seeded_ids(self.faults.seed),
            scale=scale,
        )

    def _simulated_seconds(self) -> float:
        return self.state.now().timestamp()
