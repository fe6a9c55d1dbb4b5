"""The bus on Apache Kafka: FastStream hears, an aiokafka producer tells, the store decides how far."""

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
from desk.bus.kafka.recovery import locate, noticed, recover
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
"""Seconds that a restored store may take to read itself back."""
TOPICS = tuple(stream.topic for stream in Stream)
log = structlog.get_logger(__name__)


class KafkaBus:
    """Implements `Bus` for one service. The topics must be there: `desk_deploy.kafka.topics.ensure_topics` makes them.

    `start` returns when the service tells, or after `settings.patience` when no broker answers: the service then works
    on without its peers, and recovery, telling and hearing begin when a broker is there. A store that is known to be
    restored waits for its brokers, and for everything that was on the topics at the beginning of its recovery, however
    long that takes: it must not decide before. Any other does not wait until the group lets it in: after a kill that
    takes as long as the dead member's session.
    """

    def __init__(self, settings: KafkaSettings, topics: Sequence[str] = TOPICS) -> None:
        self._settings, self._topics = settings, topics
        self._wrong: BusMisconfigured | None = None
        self._away, self._begun = False, asyncio.Event()
        self._lookout: LagMonitor | None = None
        self._loops: list[TaskLoop] = []

    async def start(self, log: EventLog, apply: Apply) -> None:
        """Recover, then tell and hear. BusMisconfigured when libraries, settings or topics are not fit for it."""
        check_versions()
        header_patch.install()
        self._log, self._stubborn = log, RetryingApply(log, apply, self._settings.tries)
        await asyncio.to_thread(noticed, log)
        self._lookout = LagMonitor(log, self._settings)
        self._connect(self._lookout)
        await self._begins(self._settings.patience)
        while not self._begun.is_set() and (not self._away or log.runner.recovering):
            await self._begins(self._settings.first_pause)
        if self._wrong is not None:
            await self.stop()
            raise self._wrong

    async def stop(self) -> None:
        """Hear no more, publish what waits, both in bounded time."""
        for loop in self._loops:
            await loop.cancel()
        lookout = self._lookout
        for part in (lookout.consumer, lookout.relay, lookout.cluster) if lookout is not None else ():
            if part is not None:
                await part.stop()

    async def lag(self) -> dict[str, int]:
        """As `LagMonitor.lag`: all 0 when nothing is under way and the brokers answer."""
        return {} if self._lookout is None else await self._lookout.lag()

    async def live(self) -> str | None:
        """For `Checks(live=...)`: what is wrong when the end of the log moves and our place in it does not."""
        if self._wrong is not None:
            return type(self._wrong).__name__
        return None if self._lookout is None else await self._lookout.progress.check()

    async def _begins(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._begun.wait()

    def _connect(self, lookout: LagMonitor) -> None:
        """Begin to connect; the loop ends when that is done, or can never be."""
        pauses = Pauses(self._settings.first_pause, self._settings.longest_pause)

        async def connect() -> float | None:
            self._away = False
            try:
                member = (await self._open(lookout)).member
            except BusMisconfigured as error:
                self._wrong = error
                self._begun.set()
                log.error("Kafka cannot be used as it is", error=type(error).__name__)
                return None
            except Exception as error:
                self._away = True
                log.warning("the bus waits for its brokers", error=type(error).__name__)
                raise
            self._loops.append(lookout.watch(member))
            return None

        # recovery reads on for as long as there is something to read
        loop = self._log.loops.task("brokers", connect, extra=RECOVERY, pauses=pauses, excused=AWAY)
        self._loops.append(loop)
        loop.start()

    async def _open(self, lookout: LagMonitor) -> KafkaConsumer:
        """Every step once, in this order; the next call goes on with the step that failed."""
        settings, event_log = self._settings, self._log
        if lookout.cluster is None:
            cluster = Cluster(settings, await check_topics(settings, self._topics))
            await cluster.start()
            lookout.cluster = cluster
        if lookout.relay is None:
            await recover(event_log, settings, lookout.cluster)
            relay = Relay(event_log, settings, Publisher(settings, event_log.owner))
            await relay.start()
            lookout.relay = relay
            if not event_log.runner.recovering:
                self._begun.set()
        if lookout.consumer is None:
            consumer = KafkaConsumer(settings, event_log, self._stubborn, lookout.relay, self._locate)
            await consumer.start([settings.topic(name) for name in self._topics])
            lookout.consumer = consumer
        if event_log.runner.recovering:
            await lookout.reached(await lookout.cluster.ends())
            await asyncio.to_thread(store_recovery.complete, event_log)
            self._begun.set()
        return lookout.consumer

    async def _locate(self, partitions: set[TopicPartition]) -> Located:
        assert self._lookout is not None
        assert self._lookout.cluster is not None
        return await locate(self._log, self._lookout.cluster, list(partitions))
