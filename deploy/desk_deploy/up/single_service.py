"""Runs one service in a process of its own, for `desk serve` and as a child of the launcher."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager

from starlette.applications import Starlette
from starlette.routing import Mount

from desk.bus.local.peer_logs import DatabasePeers
from desk.eventstore.store import Store
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.http.app.serving import listen, serving
from desk.http.auth.issuer import development_issuer
from desk.http.reads.peer_client import HttpPeers, service_tokens
from desk.inbox.ports import PeerFacts
from desk.settings import Settings
from desk.supervision.essential_tasks import run_until
from desk.telemetry.logs import configure_logging
from desk_deploy.services import SERVICES
from desk_deploy.up.assemble import compose_service, ring_of
from desk_deploy.up.env_vars import NICE
from desk_deploy.up.env_vars import SHARED as SHARED
from desk_deploy.up.event_loop import freeze_gc, run


def serve(name: str, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; TaskEnded when the server or a loop ends by itself.

    Serves under `/<name>/` and at the root; logs JSON lines to standard error.
    """
    with configure_logging(settings.log_level):
        if not os.environ.get(SHARED):
            from desk.eventstore.schema import migrate

            migrate(settings.database_url.get_secret_value(), name, SERVICES[name]().migrations)
        run(_serve(name, settings))


async def _serve(name: str, settings: Settings) -> None:
    shutdown_requested = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, shutdown_requested.set)
    with ring_of(settings) as ring, _peers(name, settings) as peers:
        hosted = compose_service(name, settings, ring, CommitNotifier(), peers)

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with hosted.app.router.lifespan_context(hosted.app):
                yield

        app = Starlette(routes=[Mount(f"/{name}", hosted.app), Mount("/", hosted.app)], lifespan=lifespan)
        async with serving(app, listen(settings.host, settings.port), drain=settings.drain_timeout) as address:
            freeze_gc()
            sys.stdout.write(f"{name} ready {address}\n")
            sys.stdout.flush()
            await run_until(shutdown_requested, hosted.service.log.loops)


@contextmanager
def _peers(name: str, settings: Settings) -> Iterator[PeerFacts | None]:
    """The source that fills gaps: the shared database, else the peers' services (DESK_PEERS), else only the bus."""
    if os.environ.get(SHARED):
        with closing(Store(settings.database_url.get_secret_value(), name, pool_size=1)) as store:
            yield DatabasePeers(store)
    elif settings.peers:
        with closing(HttpPeers(settings.peers, service_tokens(development_issuer(settings), name))) as peers:
            yield peers
    else:
        yield None


if __name__ == "__main__":
    os.nice(int(os.environ.get(NICE) or 0))
    serve(sys.argv[1], Settings.from_env(os.environ))
