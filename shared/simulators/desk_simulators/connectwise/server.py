"""The simulator on a port of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from desk_simulators.connectwise.identity import Instance

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
HOST = "127.0.0.1"
DRAIN_SECONDS = 1


class _Embedded(uvicorn.Server):
    """A server inside somebody else's process leaves that process's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. Raises OSError when the port is taken.

    The protocol is named because asyncio sets TCP_NODELAY only then; without it an answer takes 40 ms.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        message = f"cannot listen on {HOST}:{port} ({error.strerror}); choose another with --port"
        raise OSError(error.errno, message) from error
    return listener


def configure(app: Starlette, instance: Instance, listener: socket.socket) -> uvicorn.Config:
    """Settings of the server; the instance learns the address under which it is reached."""
    instance.public_url = f"http://{HOST}:{listener.getsockname()[1]}"
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        date_header=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


@asynccontextmanager
async def serve(app: Starlette, instance: Instance, port: int = 0) -> AsyncIterator[str]:
    """Yields the address once the server answers; stops it at the end."""
    with listen(port) as listener:
        server = _Embedded(configure(app, instance, listener))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if task.done():
                    await task
                    raise RuntimeError("the simulator did not start")
                await asyncio.sleep(0.01)
            yield instance.public_url
        finally:
            server.should_exit = True
            await task
