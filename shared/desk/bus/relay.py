"""Publishes own facts from the store to the bus, in commit order, at least once, byte for byte as recorded."""

from __future__ import annotations

import asyncio
import time

import structlog
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from desk.bus.kafka.producer import Publisher
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.records import Mark, messages, signed_now
from desk.eventstore.connections.leader_lock import LeaderLock
from desk.eventstore.errors import LogError
from desk.eventstore.event_log import EventLog
from desk.eventstore.relay_rows import RelayPosition, relay_position, save
from desk.eventstore.rows import NotificationRow
from desk.eventstore.table_writer import AppliedEvent
from desk.fault_points import fault_point
from desk.supervision.loops import Pauses

log = structlog.get_logger(__name__)


class Relay:
    """Publishes one store's own facts while this process leads; otherwise follows the stored position.

    Runs on commits of this process, and once a second. A batch that is not acknowledged is sent again from its first
    fact; the position is saved at most once a second, so after a crash about a second of facts is published again.
    """

    def __init__(self, event_log: EventLog, settings: KafkaSettings, publisher: Publisher) -> None:
        self._log, self._settings, self._publisher = event_log, settings, publisher
        self._leadership = LeaderLock(event_log.store, "relay")
        self._source = f"/desk/{event_log.owner}".encode()
        self._running: asyncio.AbstractEventLoop | None = None
        pauses = Pauses(settings.first_pause, settings.longest_pause)
        # an unavailable broker or database does not count as a failure of the relay
        excused = (LogError, KafkaError, OSError)
        self._loop = event_log.loops.task("relay", self._paced, extra=settings.deadline, pauses=pauses, excused=excused)
        self._at, self._read = RelayPosition("", 0), 0
        self._saved, self._checked, self._led = 0, 0.0, False

    @property
    def published(self) -> int:
        """The notification id up to which own facts are on the bus, as far as this process has learned."""
        return self._at.position

    async def start(self) -> None:
        """Start from the stored position."""
        self._running = asyncio.get_running_loop()
        await self._follow()
        self._log.listeners.append(self._committed)
        self._loop.start()

    async def stop(self) -> None:
        """Stop after the present batch, or after `stop_timeout`; save the position."""
        if self._running is not None:
            self._log.listeners.remove(self._committed)
            try:
                async with asyncio.timeout(self._settings.stop_timeout):
                    await self._loop.stop()
            except TimeoutError:
                await self._loop.cancel()
        await self._publisher.stop()
        try:
            await self._save()
        except LogError as error:
            log.warning("position not saved; a few facts will be published again", error=type(error).__name__)
        await asyncio.to_thread(self._leadership.release)

    def echoes(self, claim: Mark | None) -> bool:
        """Whether a record is an own fact that this process has read from this store, and need not be applied."""
        return (
            claim is not None
            and claim.source == self._source
            and claim.epoch.decode(errors="replace") == self._at.epoch
            and claim.position <= self._read
        )

    def _committed(self, changes: list[AppliedEvent]) -> None:
        if self._running is not None and any(change.own for change in changes):
            self._running.call_soon_threadsafe(self._loop.wake)

    async def _paced(self) -> float:
        try:
            await self._turn()
        except Exception as error:
            log.warning("facts wait to be published", error=type(error).__name__, position=self._at.position)
            raise
        return self._settings.poll_every

    async def _turn(self) -> None:
        while await self._leads():
            page = await asyncio.to_thread(self._page)
            if page:
                fault_point("relay read")
                self._read = page[-1].position
                await self._publisher.send(messages(page, self._log.owner, self._at.epoch, self._settings.prefix))
                self._at = self._at._replace(position=page[-1].position)
            if len(page) < self._settings.page or self._loop.stopping.is_set():
                return

    def _page(self) -> list[NotificationRow]:
        page = self._log.store.read(lambda reads: reads.own_after(self._at.position, self._settings.page))
        signatures = self._log.signatures
        return page if signatures is None else signed_now(page, signatures.signer)

    async def _leads(self) -> bool:
        if time.monotonic() - self._checked >= self._settings.save_every:
            await self._save()
            led, self._led = self._led, await asyncio.to_thread(self._leadership.held, "relay")
            if not (led and self._led):
                await self._follow()
            self._checked = time.monotonic()
        return self._led

    async def _follow(self) -> None:
        """Read the position that the leading process, or the one that led before, has saved."""
        self._at = await asyncio.to_thread(self._log.store.execute, relay_position)
        self._saved, self._read = self._at.position, max(self._read, self._at.position)

    async def _save(self) -> None:
        at = self._at
        if at.position > self._saved:
            await asyncio.to_thread(self._log.store.execute, lambda cursor: save(cursor, at))
            fault_point("position saved")
            self._saved = at.position
