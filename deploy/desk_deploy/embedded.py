"""A whole desk in one process: its own PostgreSQL (or one given), five services on the local bus, one port."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from desk.clock import SystemClock
from desk.hosting import Definition, Hosted, host
from desk.http.issuer import DevelopmentIssuer, development_issuer, verifier_of
from desk.http.serving import listen, one_port, serving
from desk.log.bus.local import LocalBus
from desk.log.bus.peers import DatabasePeers
from desk.log.catalogued import catalogued
from desk.log.keyring import PostgresKeyRing
from desk.log.migrations import migrate
from desk.log.store import Store
from desk.log.waking import Waker
from desk.principals import Role
from desk.service import Surroundings
from desk.settings import Settings
from desk_billing.main import BILLING
from desk_docs.main import DOCS
from desk_intake.main import INTAKE
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

DEFINITIONS: dict[str, Definition] = {d.owner: d for d in (INTAKE, TRIAGE, SLA, BILLING, DOCS)}
NOTE = "desk.json"
TOKEN_LIFE = timedelta(days=30)


@dataclass(frozen=True)
class RunningDesk:
    """A desk that answers. `token` is an administrator's."""

    url: str
    token: str
    hosted: Mapping[str, Hosted]


def settings_for(data: Path, env: Mapping[str, str], **overrides: Any) -> Settings:
    """Settings of a desk in a data directory: the signing key lives there unless another is named."""
    overrides.setdefault("token_key", data / "token.pem")
    return Settings.from_env(env, **overrides)


@asynccontextmanager
async def embedded(data: Path, database: str, port: int = 0, **overrides: Any) -> AsyncIterator[RunningDesk]:
    """Run all five services on `database` until the block ends. Writes `desk.json` in `data` for the command line."""
    settings = settings_for(data, os.environ, database_url=database, port=port, **overrides)
    await asyncio.to_thread(migrate_all, database)
    waker = Waker()
    ring = PostgresKeyRing(settings.keyring_url.get_secret_value() if settings.keyring_url else database)
    try:
        hosted = {name: hosted_of(definition, settings, ring, waker) for name, definition in DEFINITIONS.items()}
        listener = listen(settings.host, settings.port)
        async with serving(one_port({name: h.app for name, h in hosted.items()}), listener) as url:
            token = admin_token(development_issuer(settings))
            note = write_note(data, url, token)
            try:
                yield RunningDesk(url, token, hosted)
            finally:
                note.unlink(missing_ok=True)
    finally:
        ring.close()


def migrate_all(database: str) -> None:
    """Bring every service's schema up to this release."""
    for name in DEFINITIONS:
        migrate(database, name)


def hosted_of(definition: Definition, settings: Settings, ring: PostgresKeyRing, waker: Waker) -> Hosted:
    """One service on the local bus, with every peer in the same database."""
    url = settings.database_url.get_secret_value()
    around = Surroundings(
        url=url,
        bus=LocalBus(waker),
        language=catalogued(ring),
        waker=waker,
        peers=DatabasePeers(Store(url, definition.owner, pool_size=1)),
        clock=SystemClock(),
    )
    return host(definition, settings, around, ring, verifier_of(settings))


def admin_token(issuer: DevelopmentIssuer) -> str:
    """What the command line on this machine works with."""
    return issuer.issue([Role.ADMIN], ttl=TOKEN_LIFE, sub="desk-cli")


def write_note(data: Path, url: str, token: str) -> Path:
    """Where the command line finds the running desk; only its owner may read it."""
    path = data / NOTE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token, "pid": os.getpid()}, file)
    return path
