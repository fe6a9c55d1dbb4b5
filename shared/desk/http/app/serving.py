"""Serves one or several services on one port, and stops cleanly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from desk.http.app.responses import json_response
from desk.http.problems.problem import Problem
from desk.supervision.essential_tasks import bound_to

if TYPE_CHECKING:
    from fastapi import FastAPI

BACKLOG = 512
KEEP_ALIVE = 75
"""Seconds an idle connection stays open. Clients drop theirs earlier (httpx after 5 s, load balancers after 60 s): a
server that closes first resets a request that is on its way."""


class PortTaken(OSError):
    """Another process already listens on the address."""


def one_port(apps: Mapping[str, FastAPI]) -> Starlette:
    """An application that mounts every service under its name (`/intake/...`) and runs their lifespans."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    async def index(request: Request) -> Response:
        return json_response({name: f"{request.base_url}{name}/api" for name in apps})

    async def unknown(_: Request, __: Exception) -> Response:
        names = ", ".join(f"/{name}" for name in apps)
        return Problem("not_found", remedy=f"The services are at {names}.").response()

    mounts = [Mount(f"/{name}", app) for name, app in apps.items()]
    return Starlette(routes=[Route("/", index), *mounts], lifespan=lifespan, exception_handlers={404: unknown})


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 chooses a free one. PortTaken names the address and the remedy."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only on sockets that name the protocol; without it every response takes 40 ms more
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on {host}:{port} ({error.strerror}): choose another with --port") from error
    return listener


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Starlette, listener: socket.socket, *, drain: float = 20.0) -> AsyncIterator[str]:
    """Serve `app` on the socket inside the running loop; yields the url once requests are answered. Closes the socket.

    Errors of the application's start are raised here. On leaving, open requests may finish within `drain` seconds, then
    the application is shut down. The caller handles signals. TaskEnded interrupts the block when the server ends by
    itself: a process that serves nothing must end, so that its supervisor restarts it.
    """
    host, port = listener.getsockname()[:2]
    with listener:
        async with app.router.lifespan_context(app):
            server = _Server(_config(app, drain))
            task = asyncio.create_task(server.serve([listener]), name="http-server")
            try:
                async with bound_to(task, "the HTTP server"):
                    await server.up.wait()
                    yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            finally:
                server.should_exit = True
                await asyncio.wait([task])
            task.result()


def _config(app: Starlette, drain: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=int(drain),
    )
