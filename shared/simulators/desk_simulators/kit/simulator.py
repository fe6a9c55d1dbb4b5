"""Public face that simulators share: options, in-process app, server on loopback, state file."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Generic, Literal, TypedDict, TypeVar

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

S = TypeVar("S", bound=State[Any])
Mode = Literal["background", "manual"]


class SimulatorOptions(TypedDict, total=False):
    """Options of every simulator.

    `mode` manual: webhooks wait until `deliver_pending`, in a reproducible order. Background: they are sent by a task
    that runs between `start` and `stop` (the app's lifespan calls both). `state_file` is read when the simulator is
    made and written by `save`. `ledger_capacity` bounds the calls that are kept.
    """

    mode: Mode
    state_file: Path | None
    ledger_capacity: int | None


class Simulator(Generic[S]):
    """One simulated vendor that sends no webhooks. `seed` fills a state that no file has filled; None: it is empty."""

    app: Starlette
    https_url: str | None = None

    def __init__(
        self,
        state: S,
        faults: Faults,
        seed: Callable[[S], object] | None = None,
        *,
        mode: Mode = "background",
        state_file: Path | None = None,
        ledger_capacity: int | None = None,
    ) -> None:
        self.state = state
        self.faults = faults
        self.ledger = Ledger(ledger_capacity)
        self.mode = mode
        self._state_file = state_file
        loaded = state_file is not None and snapshot.load(state, state_file)
        if seed is not None and not loaded:
            seed(state)

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

    async def deliver_pending(self, limit: int | None = None) -> int:
        """Send the webhooks that wait; returns the attempts made."""
        return 0

    async def start(self) -> None:
        """Start the work in the background, if there is any."""

    async def stop(self) -> None:
        """End the work in the background and save the state file, if there is one."""
        self.save(ended=True)

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

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()
