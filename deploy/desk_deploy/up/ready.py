"""Waits until every service of a desk is ready."""

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
    """A desk that serves. `token`: of an administrator; `loops`: of this process."""

    @property
    def url(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def loops(self) -> tuple[Loops, ...]: ...


async def wait_until_ready(url: str, patience: float = PATIENCE) -> None:
    """Wait until /health/ready of every service succeeds. LaunchError names those that are not ready in time."""
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
