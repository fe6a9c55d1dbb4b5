"""The five services as processes: each killed at the boundaries of its plan, and started again at once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx
from tests.chaos.desk.cold import Cold

from desk.fault_points import VARIABLE
from desk.settings import variable
from desk_deploy.testing.fork_server import Forked
from desk_deploy.up.process import LOOPBACK, free_port

OVERDUE = 25.0
"""Seconds after which a service that did not come to its boundary is killed wherever it is, and armed again later."""
LOOK_EVERY = 0.03
READY = 60.0


@dataclass
class Kill:
    """One kill -9. `back` and `hears`: seconds until the service answered and until it had heard a peer again; None
    where the next kill came first."""

    service: str
    boundary: str
    at: float
    back: float | None = None
    hears: float | None = None


class Arming(NamedTuple):
    """Where a service is to be killed: at the `passing`-th time, counted from its start."""

    boundary: str
    passing: int


Launch = Callable[[str, Path, Mapping[str, str]], Cold | Forked]


class Member:
    """One service's process and its plan."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], launch: Launch) -> None:
        self.name, self.port = name, free_port()
        self.kills: list[Kill] = []
        self.plan: deque[Arming] = deque()
        self._log = folder / f"{name}.log"
        self._environment = {**environment, variable("port"): str(self.port)}
        self._launch = launch
        self._child: Cold | Forked | None = None
        self._armed: str | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}/{self.name}"

    @property
    def pid(self) -> int:
        """Its process id now."""
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Start it, armed with the next of its plan."""
        arming = self.plan.popleft() if self.plan else None
        self._armed = arming.boundary if arming else None
        faults = {VARIABLE: f"{arming.boundary}={arming.passing}"} if arming else {}
        self._child = self._launch(self.name, self._log, {**self._environment, **faults})

    async def kept_up(self) -> None:
        """Start it again whenever it was killed. AssertionError when it ended in another way."""
        begun = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            assert self._child is not None
            if self._child.alive and self._armed and time.monotonic() - begun > OVERDUE:
                self.plan.append(Arming(self._armed, 1))
                self.kill()
            if not self._child.alive:
                await asyncio.to_thread(self._again)
                begun = time.monotonic()

    def _again(self) -> None:
        code = self.code
        assert code == -signal.SIGKILL, f"{self.name} ended by itself with code {code}: see {self._log}"
        self.kills.append(Kill(self.name, self._armed or "anywhere", time.monotonic()))
        self.start()

    def kill(self) -> None:
        """kill -9, wherever it is."""
        assert self._child is not None
        self._armed = "anywhere"
        self._child.stop((signal.SIGKILL, 5.0))

    @property
    def code(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it runs."""
        assert self._child is not None
        return None if self._child.alive else self._child.code

    @property
    def done(self) -> bool:
        """Whether its plan is carried out and it runs unarmed."""
        return not self.plan and self._armed is None

    def stop(self) -> int | None:
        """In order, as an orchestrator does it; the exit code, 0 when it drained in time."""
        if self._child is not None:
            self._child.stop((signal.SIGTERM, 30.0))
        return self.code if self._child is not None else None


async def all_ready(members: Iterable[Member]) -> None:
    """Return when every service answers that it is ready."""
    async with httpx.AsyncClient(timeout=2.0) as http, asyncio.timeout(READY):
        for member in members:
            while not await is_ready(http, member):
                assert member.code is None, f"{member.name} ended with code {member.code}: see {member._log}"
                await asyncio.sleep(0.1)


async def is_ready(http: httpx.AsyncClient, member: Member) -> bool:
    """Whether it says so."""
    try:
        return (await http.get(f"{member.url}/health/ready")).is_success
    except httpx.TransportError:
        return False
