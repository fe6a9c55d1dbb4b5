"""Membership of a service in its consumer group: assignment and revocation of partitions, committing offsets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import ConsumerStoppedError, KafkaError  # type: ignore[import-untyped]

from desk.bus.kafka.hard_timeout import bounded
from desk.bus.kafka.offsets import Offsets, Places
from desk.bus.kafka.settings import KafkaSettings
from desk.eventstore.errors import LogError
from desk.eventstore.table_writer import Row
from desk.fault_points import fault_point
from desk.supervision.loops import Loops, Pauses, TaskLoop

log = structlog.get_logger(__name__)
LOST = (KafkaError, ConsumerStoppedError)
"""Errors that the client raises when a partition or the group was lost meanwhile; the records are consumed again."""


class Located(NamedTuple):
    """The offsets to begin at, and the ids of their topics."""

    starts: Places
    ids: Mapping[str, str]


Locate = Callable[[set[TopicPartition]], Awaitable[Located]]
"""Locates the start offsets of these partitions from store and cluster."""


class GroupMembership(ConsumerRebalanceListener):  # type: ignore[misc]
    """The offsets of one group member. `client` returns the aiokafka consumer, `idle` is set between batches, `save`
    writes rows of `positions.POSITIONS` (blocking)."""

    def __init__(
        self,
        settings: KafkaSettings,
        client: Callable[[], Any],  # Any: the consumer of aiokafka, which has no types
        locate: Locate,
        save: Callable[[Sequence[Row]], None],
        loops: Loops,
    ) -> None:
        self._settings, self._client, self._locate, self._save = settings, client, locate, save
        self.offsets = Offsets()
        self.idle = asyncio.Event()
        self.idle.set()
        self._loops = loops
        self._beginning: TaskLoop | None = None
        self._keeping = loops.task("offsets", self._keep, excused=(LogError, *LOST, TimeoutError))

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish the present batch, commit its offsets to the group, forget the partitions."""
        self.offsets.close()
        await self.wait_for_batch(self._settings.session_timeout_ms / 2000)
        await self.commit()
        self.offsets.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Pause these partitions until their start offsets are located."""
        self._client().pause(*assigned)
        if self._beginning is not None:
            await self._beginning.cancel()
        pauses = Pauses(self._settings.first_pause, self._settings.longest_pause)
        excused = (LogError, *LOST, OSError)
        self._beginning = self._loops.task("places", partial(self._begin, assigned), pauses=pauses, excused=excused)
        self._beginning.start()

    async def begin_again(self) -> None:
        """Locate all partitions again, after a topic was created again."""
        self.offsets.close()
        await self.wait_for_batch(self._settings.graceful_timeout)
        await self._look_again()
        await self.on_partitions_assigned(set(self._client().assignment()))

    async def seen(self, topics: Iterable[str]) -> bool:
        """Whether the group's client sees these topics, which exist. Refreshes its metadata if not: it may have joined
        while one was missing, and would refresh by itself only every few minutes."""
        cluster = self._client()._client.cluster
        if all(cluster.partitions_for_topic(topic) for topic in topics):
            return True
        await self._look_again()
        return False

    def keep(self) -> None:
        """Start committing offsets to the group, and saving offsets that moved without a transaction, periodically."""
        self._keeping.start()

    async def leave(self, *, commit: bool = True) -> None:
        """Stop, after committing offsets to the group once more if `commit`."""
        if self._beginning is not None:
            await self._beginning.cancel()
        await self._keeping.cancel()
        if commit and self._keeping.task is not None:
            await self.commit()

    async def wait_for_batch(self, seconds: float) -> None:
        """Wait for the end of the present batch or the timeout."""
        try:
            async with asyncio.timeout(seconds):
                await self.idle.wait()
        except TimeoutError:
            log.warning("the present batch goes on", seconds=seconds)

    async def commit(self) -> None:
        """Commit the store's offsets to the group. A failure does no harm: the stored offsets count."""
        places = self.offsets.uncommitted()
        try:
            if places:
                await bounded(self._client().commit(places), self._settings.stop_timeout)
                fault_point("offsets committed")
        except (*LOST, TimeoutError) as error:
            log.info("offsets not committed", error=type(error).__name__)
        else:
            self.offsets.committed(places)

    def seek(self, places: Places) -> None:
        """Seek to these offsets in those partitions that are still assigned."""
        for partition, offset in places.items():
            try:
                self._client().seek(partition, offset)
            except LOST:
                continue

    async def _look_again(self) -> None:
        await bounded(self._client()._client.force_metadata_update(), self._settings.stop_timeout)

    async def _begin(self, assigned: set[TopicPartition]) -> None:
        """Resume these partitions at their start offsets, if they are still assigned."""
        if not assigned:
            return
        located = await self._locate(assigned)
        if assigned == set(self._client().assignment()):
            self.offsets.begin(located.starts, located.ids)
            self.seek(located.starts)
            self._client().resume(*assigned)

    async def _keep(self) -> float:
        await self.commit()
        places = self.offsets.unsaved()
        if places:
            await asyncio.to_thread(self._save, self.offsets.rows(places))
            self.offsets.saved(places)
        return self._settings.save_every
