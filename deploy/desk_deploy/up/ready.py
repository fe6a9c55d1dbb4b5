"""When every service of a desk answers."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

import httpx

from desk.supervision.loops import Loops
from desk_deploy.services import SERVICES
from desk_deploy.up.process import LaunchError

PATIENCE = 60.0
PAUSE = 0.05


class Answering(Protocol):
    """A desk that listens. `token` is an administrator's, `loops` are those of this process."""

    @property
    def url(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def loops(self) -> tuple[Loops, ...]: ...


async def wait_until_ready(url: str, patience: float = PATIENCE) -> None:
    """Returns when /health/ready of every service is fine. LaunchError names those that are not in time."""
    until = time.monotonic() + patience
    waiting = set(SERVICES)
    async with httpx.AsyncClient(base_url=url, timeout=5.0) as client:
        while waiting:
            waiting = {name for name in waiting if not await _is_ready(client, name)}
            if waiting and time.monotonic() > until:
                raise LaunchError(f"not ready after {patience:.0f} s: {', '.join(sorted(waiting))}: see their logs")
            if waiting:
                await asyncio.sleep(PAUSE)


async def _is_ready(client: httpx.AsyncClient, name: str) -> bool:
    try:
        return (await client.get(f"/{name}/health/ready")).is_success
    except httpx.TransportError:
        return False
