"""Measures how long a killed service takes until it answers, and until it has applied a peer's fact."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx
from tests.chaos.desk.members import Kill, Member, is_ready
from tests.chaos.desk.world import World

EVERY = 0.2
HEARD = "SELECT coalesce(sum(position), 0) FROM {0}.positions"


class Recovery:
    """Watches all members while it runs; fills in `back` and `hears` of their newest kill."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._heard: dict[str, tuple[Kill, int]] = {}

    async def watch(self) -> None:
        """Until it is cancelled."""
        async with httpx.AsyncClient(timeout=1.0) as http:
            while True:
                await asyncio.gather(*(self._look(http, member) for member in self._world.members.values()))
                await asyncio.sleep(EVERY)

    async def _look(self, http: httpx.AsyncClient, member: Member) -> None:
        if not member.kills:
            return
        kill = member.kills[-1]
        if kill.back is None and await is_ready(http, member) and member.kills[-1] is kill:
            kill.back = time.monotonic() - kill.at
        if kill.hears is None:
            heard = int((await asyncio.to_thread(self._world.sql, HEARD.format(member.name)))[0][0])
            first = self._heard.get(member.name)
            if first is None or first[0] is not kill:
                self._heard[member.name] = (kill, heard)
            elif heard > first[1] and member.kills[-1] is kill:
                kill.hears = time.monotonic() - kill.at


def p95(seconds: Sequence[float]) -> float:
    """The value that 95 % do not exceed; 0 when there is none."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else 0.0
