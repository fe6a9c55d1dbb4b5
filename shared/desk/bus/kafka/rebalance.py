"""A service's place in its consumer group: what happens when partitions come and go, and what the group is told."""

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
"""What the client raises when a partition or the group was lost meanwhile: the records come again."""


class Located(NamedTuple):
    """Where to begin to read, and the ids of the topics that these places are in."""

    starts: Places
    ids: Mapping[str, str]


Locate = Callable[[set[TopicPartition]], Awaitable[Located]]
"""Asks store and cluster for the places of these partitions."""


class GroupMembership(ConsumerRebalanceListener):  # type: ignore[misc]
    """Holds the offsets of one member. `client` gives the aiokafka consumer, `idle` is set between batches, `save`
    writes rows of `positions.POSITIONS` (it blocks)."""

    def __init__(
        self,
        settings: KafkaSettings,
        client: Callable[[], Any],
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
        """Let the batch in hand end, tell the group, forget the places."""
        self.offsets.close()
        await self.wait_for_batch(self._settings.session_timeout_ms / 2000)
        await self.note()
        self.offsets.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Read nothing until the store has said where to begin."""
        self._client().pause(*assigned)
        if self._beginning is not None:
            await self._beginning.cancel()
        pauses = Pauses(self._settings.first_pause, self._settings.longest_pause)
        excused = (LogError, *LOST, OSError)
        self._beginning = self._loops.task("places", partial(self._begin, assigned), pauses=pauses, excused=excused)
        self._beginning.start()

    async def begin_again(self) -> None:
        """Take the places from the store once more: a topic was made anew."""
        self.offsets.close()
        await self.wait_for_batch(self._settings.graceful_timeout)
        await self._look_again()
        await self.on_partitions_assigned(set(self._client().assignment()))

    async def seen(self, topics: Iterable[str]) -> bool:
        """Whether the group's client sees these topics, which exist. It looks again if not: it may have joined while
        one was away, and would look for it every few minutes only."""
        cluster = self._client()._client.cluster
        if all(cluster.partitions_for_topic(topic) for topic in topics):
            return True
        await self._look_again()
        return False

    def keep(self) -> None:
        """Begin to tell the group, and to save what moved without a transaction, once in a while."""
        self._keeping.start()

    async def leave(self) -> None:
        """Stop all this, after telling the group once more."""
        if self._beginning is not None:
            await self._beginning.cancel()
        await self._keeping.cancel()
        if self._keeping.task is not None:
            await self.note()

    async def wait_for_batch(self, seconds: float) -> None:
        """Wait for the end of the batch in hand, not longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self.idle.wait()
        except TimeoutError:
            log.warning("the batch in hand goes on", seconds=seconds)

    async def note(self) -> None:
        """Tell the group where the store stands. A failure costs nothing: the store decides."""
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
        """Read these partitions from there on, those of them that are still ours."""
        for partition, offset in places.items():
            try:
                self._client().seek(partition, offset)
            except LOST:
                continue

    async def _look_again(self) -> None:
        await bounded(self._client()._client.force_metadata_update(), self._settings.stop_timeout)

    async def _begin(self, assigned: set[TopicPartition]) -> None:
        """Ends when these partitions are read, or are not ours any more."""
        if not assigned:
            return
        located = await self._locate(assigned)
        if assigned == set(self._client().assignment()):
            self.offsets.begin(located.starts, located.ids)
            self.seek(located.starts)
            self._client().resume(*assigned)

    async def _keep(self) -> float:
        await self.note()
        places = self.offsets.unsaved()
        if places:
            await asyncio.to_thread(self._save, self.offsets.rows(places))
            self.offsets.saved(places)
        return self._settings.save_every
