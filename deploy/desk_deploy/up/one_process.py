"""Runs a whole desk in one process: five services on one database and one bus, behind one port."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from desk.bus.local.peer_logs import DatabasePeers
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.store import Store
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.http.app.serving import listen, one_port, serving
from desk.http.auth.issuer import development_issuer
from desk.inbox.shared_decoding import decoding_once
from desk.keyring.postgres import PostgresKeyRing
from desk.policies.following import follow
from desk.projections.rebuild import build_missing
from desk.service.composition import ServiceApp
from desk.settings import Settings
from desk.signing.signatures import Verified
from desk.supervision.loops import Loops
from desk_deploy.admin import admin_token as admin_token
from desk_deploy.admin import create_own_keys, settings_for
from desk_deploy.migrating import migrate_all as migrate_all
from desk_deploy.services import SERVICES
from desk_deploy.up import run_file
from desk_deploy.up.assemble import compose_service, ring_of


@dataclass(frozen=True)
class RunningDesk:
    """A running desk. `token`: of an administrator."""

    url: str
    token: str
    hosted: Mapping[str, ServiceApp]

    @property
    def loops(self) -> tuple[Loops, ...]:
        """The loops of every service."""
        return tuple(each.service.log.loops for each in self.hosted.values())


@asynccontextmanager
async def embedded(
    data: Path, database: str, port: int = 0, *, listener: socket.socket | None = None, **overrides: object
) -> AsyncIterator[RunningDesk]:
    """Run all five services on `database` until the block ends. Writes `desk.json` in `data` for the command line.

    `listener` is a socket to serve on instead of `port`; it is closed at the end.
    """
    settings = settings_for(data, os.environ, database_url=database, port=port, **overrides)
    create_own_keys(data, settings)
    await asyncio.to_thread(migrate_all, database)
    ring, peers = ring_of(settings), _peers(database)
    try:
        hosted = _hosted(settings, ring, peers)
        listener = listener or listen(settings.host, settings.port)
        async with serving(one_port({name: h.app for name, h in hosted.items()}), listener) as url:
            token = admin_token(development_issuer(settings))
            run_file.write(data, run_file.RunFile(url, token, os.getpid(), database, settings.kafka))
            try:
                yield RunningDesk(url, token, hosted)
            finally:
                run_file.remove(data)
    finally:
        peers.close()
        ring.close()


@asynccontextmanager
async def read_only_desk(data: Path, database: str) -> AsyncIterator[RunningDesk]:
    """Serve the stores read-only, without running services: nothing is consumed, decided or sent. Views of an earlier
    release are rebuilt.
    """
    settings = settings_for(data, os.environ, database_url=database, port=0)
    create_own_keys(data, settings)
    await asyncio.to_thread(migrate_all, database)
    ring, peers = ring_of(settings), _peers(database)
    hosted = _hosted(settings, ring, peers)
    try:
        for each in hosted.values():
            await asyncio.to_thread(follow, each.parts.policies, each.service.log)
            await asyncio.to_thread(each.prepare)
            await asyncio.to_thread(build_missing, each.service.log)
        apps = Starlette(routes=[Mount(f"/{name}", h.app) for name, h in hosted.items()])
        async with serving(apps, listen(settings.host, 0)) as url:
            yield RunningDesk(url, admin_token(development_issuer(settings)), hosted)
    finally:
        for each in hosted.values():
            await asyncio.to_thread(each.service.log.store.close)
        peers.close()
        ring.close()


def _peers(database: str) -> Store:
    return Store(database, "intake", pool_size=1)


def _hosted(settings: Settings, ring: PostgresKeyRing, peers: Store) -> dict[str, ServiceApp]:
    notifier, language = CommitNotifier(), decoding_once(catalogued(ring))
    verified, facts = Verified(), DatabasePeers(peers)
    return {name: compose_service(name, settings, ring, notifier, facts, language, verified) for name in SERVICES}
