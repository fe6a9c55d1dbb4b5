"""Runs one process per service behind one port. Processes end with this one, and are restarted when they end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from desk.http.app.serving import serving
from desk.http.auth.issuer import development_issuer
from desk.settings import Settings, variable
from desk.supervision.loops import Loops
from desk_deploy.admin import admin_token, create_own_keys, settings_for
from desk_deploy.migrating import migrate_apart
from desk_deploy.services import SERVICES
from desk_deploy.up import run_file
from desk_deploy.up.env_vars import NICE, SHARED
from desk_deploy.up.gateway.proxy import proxy
from desk_deploy.up.process import LOOPBACK, Child, free_port

LOOK_EVERY = 0.2
YIELDING = 10
FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.5, 30.0, 60.0
STOPPING = (signal.SIGTERM, 25.0)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RunningFleet:
    """A desk of several processes. `token`: of an administrator; `members`: processes by service; `loops`: restart
    them."""

    url: str
    token: str
    members: Mapping[str, Member]
    loops: tuple[Loops, ...] = ()


class Member:
    """The process of one service, with output to `<service>.log`. `yielding`: runs at a lower priority."""

    def __init__(self, name: str, data: Path, environment: Mapping[str, str], *, yielding: bool = False) -> None:
        self.name, self.port = name, free_port()
        self._log = data / f"{name}.log"
        self._environment = {**environment, variable("port"): str(self.port), NICE: str(YIELDING * yielding)}
        self._program = [sys.executable, "-m", "desk_deploy.up.single_service", name]
        self._began, self._pause = 0.0, FIRST_PAUSE
        self.child = self._started()

    def _started(self) -> Child:
        self._began = time.monotonic()
        return Child(self._program, log=self._log, environment=self._environment)

    async def keep_up(self) -> float:
        """Restart the process when it has ended, after a pause that doubles while it ends within a minute."""
        if not self.child.alive:
            pause = FIRST_PAUSE if time.monotonic() - self._began > STEADY else self._pause
            log.warning("a service ended and is started again", service=self.name, delay=pause)
            await asyncio.sleep(pause)
            self._pause = min(pause * 2, LONGEST_PAUSE)
            self.child = self._started()
        return LOOK_EVERY

    def stop(self) -> None:
        """Stop the process; kill it when that takes too long."""
        self.child.stop(STOPPING)


@asynccontextmanager
async def fleet(
    data: Path, database: str, listener: socket.socket, overrides: Mapping[str, object], *, first: str | None = None
) -> AsyncIterator[RunningFleet]:
    """Run five services on `database`, each in a process of its own, until the block ends.

    `first`: the service with priority on the processor.
    """
    settings = settings_for(data, os.environ, database_url=database, **overrides)
    create_own_keys(data, settings)
    token = admin_token(development_issuer(settings))
    await asyncio.to_thread(migrate_apart, database)
    environment = _environment(data, database, overrides, settings)
    members = {name: Member(name, data, environment, yielding=first not in (None, name)) for name in SERVICES}
    loops = Loops("fleet")
    keeping = [loops.task(name, member.keep_up) for name, member in members.items()]
    for loop in keeping:
        loop.start()
    try:
        ports = {name: f"http://{LOOPBACK}:{member.port}" for name, member in members.items()}
        async with serving(proxy(ports), listener) as url:
            run_file.write(data, run_file.RunFile(url, token, os.getpid(), database, settings.kafka))
            try:
                yield RunningFleet(url, token, members, (loops,))
            finally:
                run_file.remove(data)
    finally:
        for loop in keeping:
            await loop.cancel()
        await asyncio.gather(*(asyncio.to_thread(member.stop) for member in members.values()))


def _environment(data: Path, database: str, overrides: Mapping[str, object], settings: Settings) -> dict[str, str]:
    given = {name: str(value) for name, value in overrides.items() if value is not None}
    own = {"database_url": database, "host": LOOPBACK, "token_key": str(data / "token.pem"), **given}
    own |= {"signing_key": str(settings.signing_key), "signing_keys": str(settings.signing_keys)}
    return {**os.environ, **{variable(name): value for name, value in own.items()}, SHARED: "1"}
