"""When a status map is published, kept observations that have a class now are said to have it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from desk.hosting import Parts
from desk.log.batch import Change
from desk.log.errors import LogError
from desk.streams.policies import PolicyPublished, PolicyRetired
from desk_intake.psa.mapping import POLICY
from desk_intake.psa.poller import Poller

log = structlog.get_logger("desk.intake.remapping")


class Remapper:
    """Listens to the log while it runs; the rounds of the pollers find what came into force later."""

    def __init__(self, pollers: Mapping[str, Poller], parts: Parts) -> None:
        self._pollers, self._log = pollers, parts.service.log
        self._published = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def committed(changes: list[Change]) -> None:
            if any(_is_map(change) for change in changes):
                loop.call_soon_threadsafe(self._published.set)

        self._log.listeners.append(committed)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End after the map in hand."""
        self._stopping = True
        self._published.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while True:
            await self._published.wait()
            self._published.clear()
            if self._stopping:
                return
            try:
                for poller in self._pollers.values():
                    await poller.remap()
            except LogError as error:
                log.warning("a status map waits for the next round", error=type(error).__name__)


def _is_map(change: Change) -> bool:
    data = change.event.data
    return isinstance(data, PolicyPublished | PolicyRetired) and data.policy == POLICY
