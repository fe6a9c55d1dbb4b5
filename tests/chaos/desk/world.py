"""A whole desk that may be killed: five processes, a simulated PSA, a real database and a real broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from tests.chaos.desk.cold import Cold
from tests.chaos.desk.members import Member, all_ready
from tests.chaos.desk.one_service import PREFIX, TWIN
from tests.chaos.desk.workdir import ROOT, Places, document, without_desk

from desk.decision.principal import Role
from desk.http.auth.issuer import DevelopmentIssuer, development_issuer
from desk.settings import variable
from desk.signing.keys import create_keys
from desk_deploy.kafka.topics import ensure_topics
from desk_deploy.services import SERVICES
from desk_deploy.testing.fork_server import Forked, ForkServer
from desk_deploy.up.one_process import admin_token, migrate_all
from desk_deploy.up.process import Child
from desk_deploy.up.single_service import SHARED
from desk_simulators.connectwise.status_map import status_map

SERVICE = "from tests.chaos.desk import one_service"


class World:
    """The running desk."""

    def __init__(self, places: Places) -> None:
        self.places = places
        environment = {**without_desk(), **{variable(k): str(v) for k, v in places.variables.items()}}
        environment |= {SHARED: "1", PREFIX: places.prefix, TWIN: places.twin}
        self.members = {name: Member(name, places.folder, environment, self._launch) for name in SERVICES}
        self.issuer: DevelopmentIssuer = development_issuer(places.settings)
        self.token = admin_token(self.issuer)
        self._beside: list[Child] = []
        self._fork_server: ForkServer | None = None
        self._session: psycopg.Connection[Any] | None = None
        self._one_at_a_time = threading.Lock()

    async def start(self) -> None:
        """Everything answers, the PSA's people are known, its statuses are mapped, its callbacks come here."""
        self._start_beside()
        await asyncio.to_thread(migrate_all, self.places.database)
        if self.places.twin == "inbox-off":
            self._forget_ids()
        if self.places.kafka:
            await ensure_topics(self.places.kafka, self.places.prefix)
        create_keys(self.places.signing, self.places.signing / "public")
        document(self.places, self.members["intake"].url)
        for member in self.members.values():
            await asyncio.to_thread(member.start)
        await all_ready(self.members.values())
        await self.post("intake", "policies/status-map", {"version": "chaos-1", "content": status_map()})
        for administrator in (self.token, self.issuer.issue([Role.ADMIN], sub="second")):
            body = {"version": "chaos-1", "content": {"default": "everything"}}
            await self.post("intake", "policies/write-back", body, administrator)
        await self.post("intake", "reconcile", {})

    async def stop(self) -> None:
        """Services first, in order."""
        await asyncio.gather(*(asyncio.to_thread(member.stop) for member in self.members.values()))
        for child in self._beside:
            await asyncio.to_thread(child.stop, (signal.SIGTERM, 5.0))
        if self._fork_server is not None:
            await asyncio.to_thread(self._fork_server.stop)
        if self._session is not None:
            self._session.close()

    async def post(self, service: str, path: str, body: Mapping[str, Any], token: str = "") -> Any:
        """An administrator's request that must succeed."""
        headers = {"Authorization": f"Bearer {token or self.token}", "Idempotency-Key": str(uuid4())}
        async with httpx.AsyncClient(timeout=60.0, headers=headers) as http:
            answer = await http.post(f"{self.members[service].url}/{path}", json=body)
        assert answer.is_success, (service, path, answer.status_code, answer.text)
        return answer.json()

    def headers(self, who: str, *roles: Role) -> dict[str, str]:
        """A person's token."""
        return {"Authorization": f"Bearer {self.issuer.issue(roles, sub=who)}"}

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with self._one_at_a_time:
            if self._session is None or self._session.broken:
                self._session = psycopg.connect(self.places.database, autocommit=True, application_name="drill")
            with self._session.cursor() as cursor:
                cursor.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []

    def _start_beside(self) -> None:
        folder = self.places.folder
        simulator = [sys.executable, "-m", "desk_simulators.connectwise", "--port", str(self.places.psa_port)]
        self._beside = [Child(simulator, log=folder / "psa.log", environment=without_desk())]
        if not self.places.cold:
            environment = {**without_desk(), "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
            with appended(folder / "fork_server.log") as log:
                entry = "one_service.forked()"
                self._fork_server = ForkServer(SERVICE, entry, environment=environment, errors=log)

    def _launch(self, name: str, log: Path, environment: Mapping[str, str]) -> Cold | Forked:
        if self._fork_server is None:
            return Cold(name, log, environment)
        with appended(log) as output:
            return self._fork_server.fork([name], Path("/"), environment, (output, output))

    def _forget_ids(self) -> None:
        for name in SERVICES:
            self.sql(f"DROP INDEX {name}.stored_events_event_id_idx")


@contextmanager
def appended(log: Path) -> Iterator[int]:
    """A descriptor that writes to the end of a log."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@asynccontextmanager
async def running(places: Places) -> AsyncIterator[World]:
    """A world from its start to its end."""
    world = World(places)
    try:
        await world.start()
        yield world
    finally:
        await world.stop()
