"""One service in a process of its own: `desk serve SERVICE`, or `python -m desk_deploy.alone SERVICE` as a child."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Mount

from desk.http.serving import listen, serving
from desk.log.bus.peers import DatabasePeers
from desk.log.store import Store
from desk.log.waking import Waker
from desk.settings import Settings
from desk.telemetry.logs import configure_logging
from desk_deploy.composing import composed, ring_of
from desk_deploy.services import SERVICES
from desk_deploy.sharing import NICE
from desk_deploy.sharing import SHARED as SHARED


def serve(name: str, settings: Settings) -> None:
    """Until SIGINT or SIGTERM. Answers under `/<name>/` and at the root; logs JSON lines on standard error."""
    with configure_logging(settings.log_level):
        if not os.environ.get(SHARED):
            from desk.log.migrations import migrate

            migrate(settings.database_url.get_secret_value(), name, SERVICES[name]().migrations)
        asyncio.run(_serve(name, settings))


async def _serve(name: str, settings: Settings) -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    url = settings.database_url.get_secret_value()
    shared = Store(url, name, pool_size=1) if os.environ.get(SHARED) else None
    with ring_of(settings) as ring:
        hosted = composed(name, settings, ring, Waker(), DatabasePeers(shared) if shared else None)

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with hosted.app.router.lifespan_context(hosted.app):
                yield

        app = Starlette(routes=[Mount(f"/{name}", hosted.app), Mount("/", hosted.app)], lifespan=lifespan)
        async with serving(app, listen(settings.host, settings.port), drain=settings.drain_timeout) as address:
            sys.stdout.write(f"{name} ready {address}\n")
            sys.stdout.flush()
            await told.wait()
    if shared is not None:
        shared.close()


if __name__ == "__main__":
    os.nice(int(os.environ.get(NICE) or 0))
    serve(sys.argv[1], Settings.from_env(os.environ))
