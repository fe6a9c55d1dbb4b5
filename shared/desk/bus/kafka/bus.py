"""The bus on Apache Kafka: FastStream consumes, an aiokafka producer publishes, offsets are stored with the facts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from aiokafka import TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from desk.bus import store_recovery
from desk.bus.kafka import header_patch
from desk.bus.kafka.cluster_metadata import Cluster
from desk.bus.kafka.consumer import KafkaConsumer
from desk.bus.kafka.lag_monitor import LagMonitor
from desk.bus.kafka.producer import Publisher
from desk.bus.kafka.rebalance import Located
from desk.bus.kafka.recovery import begin_if_restored, locate, recover
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.kafka.startup_checks import BusMisconfigured, check_topics, check_versions
from desk.bus.port import Apply
from desk.bus.relay import Relay
from desk.bus.retrying_apply import RetryingApply
from desk.contract.event import Stream
from desk.eventstore.errors import LogError
from desk.eventstore.event_log import EventLog
from desk.supervision.loops import Pauses, TaskLoop

AWAY = (LogError, KafkaError, OSError)
RECOVERY = 3600.0
"""Seconds that a restored store may take to recover its own facts."""
TOPICS = tuple(stream.topic for stream in Stream)
log = structlog.get_logger(__name__)


class KafkaBus:
    """Implements `Bus` for one service. The topics must exist: `desk_deploy.kafka.topics.ensure_topics` creates them.

    `start` returns when the relay publishes, or after `settings.patience` when no broker answers: the service then
    works without its peers, and recovery, publishing and consuming begin when a broker is available. A store that is
    known to be restored waits for its brokers and for everything that was on the topics at the beginning of its
    recovery, however long that takes, because it must not decide earlier. Other stores do not wait to be admitted to
    the group: after a kill that takes until the dead member's session expires.
    """

    def __init__(self, settings: KafkaSettings, topics: Sequence[str] = TOPICS) -> None:
        self._settings, self._topics = settings, topics
        self._wrong: BusMisconfigured | None = None
        self._unavailable, self._started = False, asyncio.Event()
        self._monitor: LagMonitor | None = None
        self._loops: list[TaskLoop] = []
        self._watching: TaskLoop | None = None

    async def start(self, log: EventLog, apply: Apply) -> None:
        """Recover, then publish and consume. BusMisconfigured when libraries, settings or topics are unsuitable."""
        check_versions()
        header_patch.install()
        self._log, self._retrying = log, RetryingApply(log, apply, self._settings.tries)
        await asyncio.to_thread(begin_if_restored, log)
        self._monitor = LagMonitor(log, self._settings)
        self._connect(self._monitor)
        await self._wait_for_start(self._settings.patience)
        while not self._started.is_set() and (not self._unavailable or log.runner.recovering):
            await self._wait_for_start(self._settings.first_pause)
        if self._wrong is not None:
            await self.stop()
            raise self._wrong

    async def stop(self) -> None:
        """Stop consuming and publish what is pending, each in bounded time."""
        for loop in self._loops:
            await loop.cancel()
        monitor = self._monitor
        for part in (monitor.consumer, monitor.relay, monitor.cluster) if monitor is not None else ():
            if part is not None:
                await part.stop()

    async def lag(self) -> dict[str, int]:
        """As `LagMonitor.lag`: all 0 when nothing is in transit and the brokers answer."""
        return {} if self._monitor is None else await self._monitor.lag()

    async def live(self) -> str | None:
        """For `Checks(live=...)`: the problem when the ends of the topics move and our positions do not; else None."""
        if self._wrong is not None:
            return type(self._wrong).__name__
        return None if self._monitor is None else await self._monitor.progress.check()

    async def _wait_for_start(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._started.wait()

    def _connect(self, monitor: LagMonitor) -> None:
        """Start connecting, and replace clients that fail later; the loop ends on an error that no retry cures."""
        pauses = Pauses(self._settings.first_pause, self._settings.longest_pause)

        async def connect() -> float | None:
            self._unavailable = False
            try:
                await self._close_failed(monitor)
                await self._open(monitor)
            except BusMisconfigured as error:
                self._wrong = error
                self._started.set()
                log.error("Kafka cannot be used as it is", error=type(error).__name__)
                return None
            except Exception as error:
                self._unavailable = True
                log.warning("the bus waits for its brokers", error=type(error).__name__)
                raise
            if self._watching is None:
                self._watching = monitor.watch()
                self._loops.append(self._watching)
            return self._settings.watch_every

        # a recovery reads for as long as there is something to read
        loop = self._log.loops.task("brokers", connect, extra=RECOVERY, pauses=pauses, excused=AWAY)
        self._loops.append(loop)
        loop.start()

    async def _close_failed(self, monitor: LagMonitor) -> None:
        """Close clients whose background tasks failed; `_open` then consumes with a new one."""
        if monitor.cluster is not None:
            await monitor.cluster.replace_failed()
        consumer = monitor.consumer
        failed = None if consumer is None else consumer.failed()
        if consumer is not None and failed is not None:
            log.warning("the client failed and is replaced", kind=failed)
            try:
                await consumer.stop()
            except Exception as error:
                log.warning("the failed client did not close cleanly", error=type(error).__name__)
            monitor.consumer = None

    async def _open(self, monitor: LagMonitor) -> None:
        """Run every step once, in this order; the next call continues with the step that failed."""
        settings, event_log = self._settings, self._log
        if monitor.cluster is None:
            cluster = Cluster(settings, await check_topics(settings, self._topics))
            await cluster.start()
            monitor.cluster = cluster
        if monitor.relay is None:
            await recover(event_log, settings, monitor.cluster)
            relay = Relay(event_log, settings, Publisher(settings, event_log.owner))
            await relay.start()
            monitor.relay = relay
            if not event_log.runner.recovering:
                self._started.set()
        if monitor.consumer is None:
            consumer = KafkaConsumer(settings, event_log, self._retrying, monitor.relay, self._locate)
            await consumer.start([settings.topic(name) for name in self._topics])
            monitor.consumer = consumer
        if event_log.runner.recovering:
            await monitor.reached(await monitor.cluster.ends())
            await asyncio.to_thread(store_recovery.complete, event_log)
            self._started.set()

    async def _locate(self, partitions: set[TopicPartition]) -> Located:
        assert self._monitor is not None
        assert self._monitor.cluster is not None
        return await locate(self._log, self._monitor.cluster, list(partitions))
