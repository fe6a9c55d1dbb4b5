"""Simulator on ports of this machine: plain HTTP, and TLS where a certificate is given."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from desk_simulators.kit.http.broken import QuietAboutBroken

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
HOST = "127.0.0.1"
DRAIN_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of a server certificate with its key."""

    chain: Path
    key: Path


class _Embedded(uvicorn.Server):
    """A server inside another process leaves that process's signals alone."""

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


@asynccontextmanager
async def serve(
    app: Starlette, listener: socket.socket, certificate: Certificate | None = None, *, lifespan: bool = True
) -> AsyncIterator[None]:
    """Runs until the end of the block; yields once the server answers. `lifespan` starts and stops the app with it."""
    server = _Embedded(_settings(app, certificate, lifespan))
    quiet = QuietAboutBroken()
    logging.getLogger("uvicorn.error").addFilter(quiet)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                await task
                raise RuntimeError("the simulator did not start")
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
        logging.getLogger("uvicorn.error").removeFilter(quiet)


def _settings(app: Starlette, certificate: Certificate | None, lifespan: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        date_header=False,
        ws="none",
        lifespan="on" if lifespan else "off",
        timeout_keep_alive=75,  # clients close an idle connection first, else a request meets a closed one
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
