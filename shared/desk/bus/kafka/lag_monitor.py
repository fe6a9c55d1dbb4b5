"""Monitors how far a service is behind its topics, and whether it makes progress."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from aiokafka import TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from desk.bus.kafka.cluster_metadata import Cluster
from desk.bus.kafka.consumer import KafkaConsumer
from desk.bus.kafka.offsets import Places
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.relay import Relay
from desk.eventstore.errors import LogError
from desk.eventstore.event_log import EventLog
from desk.eventstore.reads import Reads
from desk.eventstore.relay_rows import relay_position
from desk.eventstore.table_writer import DbCursor
from desk.inbox.positions import read_positions
from desk.supervision.loops import TaskLoop
from desk.supervision.watchdog import ReadWatchdog

SILENT = "brokers"
log = structlog.get_logger(__name__)


class LagMonitor:
    """The lag and progress of one service. `cluster`, `consumer` and `relay` are set as they start."""

    def __init__(self, event_log: EventLog, settings: KafkaSettings) -> None:
        self._log, self._settings = event_log, settings
        self.cluster: Cluster | None = None
        self.consumer: KafkaConsumer | None = None
        self.relay: Relay | None = None
        self.progress = ReadWatchdog(timedelta(seconds=settings.stall_after))
        self._ends: dict[TopicPartition, int] = {}
        self._ids: dict[str, str] = {}

    async def lag(self) -> dict[str, int]:
        """Records not applied yet, by topic; facts not published yet, under the owner's name; and 1 under SILENT while
        no broker answers (the topics are then as last seen)."""
        silent = {} if await self._look() else {SILENT: 1}
        unpublished = await asyncio.to_thread(self._log.store.execute, self._unpublished)
        places = await self._places()
        lags: dict[str, int] = {}
        for tp, end in self._ends.items():
            name = tp.topic.removeprefix(self._settings.prefix)
            lags[name] = lags.get(name, 0) + abs(end - places.get(tp, 0))
        return lags | {self._log.owner: unpublished} | silent

    async def reached(self, ends: Places) -> None:
        """Wait until everything before these ends is applied, here or by another member of the group."""
        while True:
            places = await self._places()
            if all(places.get(tp, 0) >= end for tp, end in ends.items()):
                return
            await asyncio.sleep(self._settings.first_pause)

    def watch(self) -> TaskLoop:
        """Start a loop that observes progress, and detects topics that were created again."""

        async def look() -> float:
            await self._observe()
            return self._settings.watch_every

        loop = self._log.loops.task("topics", look, excused=(LogError, KafkaError, OSError))
        loop.start()
        return loop

    async def _observe(self) -> None:
        answered, consumer = await self._look(), self.consumer
        if consumer is None:  # while a failed one is replaced
            return
        member = consumer.member
        places = member.offsets.next or await self._places()
        place = sum(places.values())
        # Unavailable brokers or database do not count as stalled: a restart of the service cures neither.
        excused = not answered or consumer.waits_for_database
        self.progress.observe(place, place if excused else sum(self._ends.get(tp, 0) for tp in places))
        if answered and await member.seen(self._ids) and member.offsets.moved(self._ids):
            log.warning("a topic was created again and is read from its beginning")
            await member.begin_again()

    async def _look(self) -> bool:
        if self.cluster is None:
            return False
        try:
            self._ends, self._ids = await self.cluster.ends(), await self.cluster.ids()
        except (KafkaError, OSError):
            return False
        return True

    async def _places(self) -> dict[TopicPartition, int]:
        positions = await asyncio.to_thread(self._log.store.execute, read_positions)
        if not self._ids:
            await self._look()
        stored = {tp: positions.get((tp.topic, self._ids.get(tp.topic, ""), tp.partition), 0) for tp in self._ends}
        return stored | (self.consumer.member.offsets.next if self.consumer is not None else {})

    def _unpublished(self, cursor: DbCursor) -> int:
        here = self.relay.published if self.relay is not None else 0
        return abs(Reads(cursor).last_own() - max(here, relay_position(cursor).position))
