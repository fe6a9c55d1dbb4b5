"""Gives kept observations their class when a status map is published."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from desk.contract.streams.policies import PolicyPublished, PolicyRetired
from desk.eventstore.errors import LogError
from desk.eventstore.table_writer import AppliedEvent
from desk.service.parts import Parts
from desk_intake.psa.observe.status_map import POLICY
from desk_intake.psa.reconcile.reconciliation_round import PsaRounds
from desk_integrations.polling.poller import ROUND
from desk_integrations.vendor_errors import VendorError

EVERY = 10.0


class Remapper:
    """Listens to the event log while it runs; the pollers' rounds find maps that come into force later."""

    def __init__(self, rounds: Mapping[str, PsaRounds], parts: Parts) -> None:
        self._rounds, self._log = rounds, parts.service.log
        self._published = asyncio.Event()
        self._loop = self._log.loops.task("status maps", self._turn, extra=ROUND, excused=(LogError, VendorError))

    async def start(self) -> None:
        running = asyncio.get_running_loop()

        def committed(changes: list[AppliedEvent]) -> None:
            if any(_is_map(change) for change in changes):
                running.call_soon_threadsafe(self._publish)

        self._log.listeners.append(committed)
        self._loop.start()

    async def stop(self) -> None:
        """Stop after the current map."""
        await self._loop.stop()

    def _publish(self) -> None:
        self._published.set()
        self._loop.wake()

    async def _turn(self) -> float:
        if self._published.is_set():
            self._published.clear()
            try:
                for rounds in self._rounds.values():
                    await rounds.remap()
            except BaseException:
                self._published.set()
                raise
        return EVERY


def _is_map(change: AppliedEvent) -> bool:
    data = change.event.data
    return isinstance(data, PolicyPublished | PolicyRetired) and data.policy == POLICY
