"""Public face that simulators share: in-process app, server on loopback, webhook delivery, state file."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Generic, Literal, TypeVar

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from desk_simulators.kit import snapshot
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http import server
from desk_simulators.kit.http.gateway import Gateway
from desk_simulators.kit.http.transport import InProcessTransport
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.state import State
from desk_simulators.kit.webhooks.delivery import Delivery
from desk_simulators.kit.webhooks.queue import WebhookQueue

S = TypeVar("S", bound=State[Any])
Mode = Literal["background", "manual"]


class Simulator(Generic[S]):
    """One simulated vendor.

    `mode` manual: webhooks wait until `deliver_pending`, in a reproducible order. Background: they are sent by a task
    that runs between `start` and `stop` (the app's lifespan calls both).
    """

    queue: WebhookQueue
    delivery: Delivery
    app: Starlette
    https_url: str | None = None

    def __init__(
        self, state: S, faults: Faults, *, mode: Mode, state_file: Path | None, ledger_capacity: int | None
    ) -> None:
        self.state = state
        self.faults = faults
        self.ledger = Ledger(ledger_capacity)
        self.mode = mode
        self._state_file = state_file

    def assemble(self, gateway: Gateway[S, Any], routes: list[Route]) -> None:
        """Make the app: control routes first, then the API."""
        everything: list[BaseRoute] = [*routes, Route("/{path:path}", gateway.answer, methods=server.METHODS)]
        self.gateway = gateway
        self.app = Starlette(routes=everything, lifespan=self._lifespan)

    @property
    def revision(self) -> int:
        """The number of changes of the state so far."""
        return self.state.revision

    def health(self) -> dict[str, Any]:
        return {"revision": self.revision}

    def reached_at(self, url: str) -> None:
        """Called with the address under which the server answers, before it does."""

    def transport(self) -> InProcessTransport:
        """For httpx.AsyncClient: calls the app in process and keeps the client's read time-out."""
        return InProcessTransport(httpx.ASGITransport(self.app))

    @property
    def pending(self) -> int:
        """Webhooks that wait."""
        return len(self.queue)

    async def deliver_pending(self, limit: int | None = None) -> int:
        """Send the webhooks that wait, retries included, ahead of their due times; returns the attempts made."""
        return await self.delivery.pump(limit)

    async def start(self) -> None:
        if self.mode == "background":
            await self.delivery.start()

    async def stop(self) -> None:
        """Ends the background delivery, closes connections and saves the state file, if there is one."""
        await self.delivery.stop()
        self.save(ended=True)

    def load(self) -> bool:
        """Fill the state from its file; False without one. Raises ValueError for a file that is no snapshot."""
        return self._state_file is not None and snapshot.load(self.state, self._state_file)

    def save(self, *, ended: bool = False) -> None:
        """Write the state file, if there is one. `ended`: nothing comes after it."""
        if self._state_file is not None:
            snapshot.save(self.state, self._state_file, ended=ended)

    @asynccontextmanager
    async def serve(
        self, port: int = 0, *, tls_port: int = 0, certificate: server.Certificate | None = None
    ) -> AsyncIterator[str]:
        """`async with simulator.serve() as url`: real HTTP on 127.0.0.1; port 0 takes a free one.

        With a certificate the same state also answers on `https_url`.
        """
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(server.listen(port))
            url = f"http://{server.HOST}:{listener.getsockname()[1]}"
            self.reached_at(url)
            await stack.enter_async_context(server.serve(self.app, listener))
            if certificate is not None:
                secure = stack.enter_context(server.listen(tls_port))
                self.https_url = f"https://{server.HOST}:{secure.getsockname()[1]}"
                await stack.enter_async_context(server.serve(self.app, secure, certificate, lifespan=False))
            yield url

    def due_clock(self) -> Callable[[], float]:
        """Seconds for due times: by the simulated clock in manual mode, so that a test repeats exactly."""
        return monotonic if self.mode == "background" else self._simulated_seconds

    def _simulated_seconds(self) -> float:
        return self.state.now().timestamp()

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()
