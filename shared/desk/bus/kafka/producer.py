"""Sends records in order and waits until all of them are acknowledged. Any failure ends the producer: the next send
creates a new one, and the caller sends again from the last acknowledged record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.errors import KafkaConnectionError, KafkaError  # type: ignore[import-untyped]

from desk.bus.kafka.settings import KafkaSettings
from desk.bus.kafka.startup_checks import check_producer
from desk.bus.records import Message
from desk.contract.event import Stream
from desk.fault_points import fault_point

log = structlog.get_logger(__name__)


class Publisher:
    """One idempotent producer at a time, for one caller.

    A failed future has used up its sequence number: every later record for that partition would fail too. Idempotence
    has no delivery time-out, so `settings.deadline` bounds the wait, after which the outcome is unknown.
    """

    def __init__(self, settings: KafkaSettings, owner: str) -> None:
        self._settings, self._owner = settings, owner
        self._producer: AIOKafkaProducer | None = None
        self.made = 0

    async def send(self, batch: Sequence[Message]) -> None:
        """Send and wait until every in-sync replica has all of `batch`. KafkaError: send it again from the first
        record.

        Topics are written in parallel. Operations events report on other facts and are sent after those are
        acknowledged: a store that recovers the event that a call is done then also recovers the facts about its
        outcome.
        """
        operations = self._settings.prefix + Stream.OPS.topic
        for part in (
            [message for message in batch if message.topic != operations],
            [message for message in batch if message.topic == operations],
        ):
            if part:
                await self._send_together(part)

    async def _send_together(self, batch: Sequence[Message]) -> None:
        producer = self._producer or await self._start()
        futures: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(self._settings.deadline):
                for message in batch:
                    futures.append(
                        await producer.send(
                            message.topic, message.value, key=message.key, headers=list(message.headers)
                        )
                    )
                fault_point("produced")
                await _all_safe(futures)
                fault_point("acknowledged")
        except BaseException as error:
            await self._abandon(futures)
            if isinstance(error, TimeoutError):
                raise KafkaConnectionError("no answer from the brokers in time; the outcome is unknown") from error
            raise

    async def stop(self) -> None:
        """Close the producer in bounded time, also when the brokers do not answer."""
        await self._abandon([])

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(**self._settings.producer(self._owner))
        try:
            check_producer(producer, self._settings)
            async with asyncio.timeout(self._settings.deadline):
                await producer.start()
        except BaseException as error:
            await _close(producer, self._settings.stop_timeout)
            if isinstance(error, TimeoutError):
                raise KafkaConnectionError("the brokers do not answer") from error
            raise
        self._producer, self.made = producer, self.made + 1
        return producer

    async def _abandon(self, futures: Sequence[asyncio.Future[object]]) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.shield(_close(producer, self._settings.stop_timeout))
        await asyncio.gather(*futures, return_exceptions=True)


async def _all_safe(futures: Sequence[asyncio.Future[object]]) -> None:
    # Not gather: it would cancel the futures with the wait, and the producer would still send the records.
    if futures:
        done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)
        for future in done:
            future.result()


async def _close(producer: AIOKafkaProducer, seconds: float) -> None:
    """Stop the producer in bounded time: `producer.stop()` waits for pending records, for ever without brokers."""
    stopping = asyncio.create_task(producer.stop())
    done, _ = await asyncio.wait({stopping}, timeout=seconds)
    if not done:
        log.warning("producer given up with records pending")
        _give_up(producer)
        await producer._sender.close()
        done, _ = await asyncio.wait({stopping}, timeout=seconds)
    if not done:
        stopping.cancel()
    for result in await asyncio.gather(stopping, return_exceptions=True):
        if isinstance(result, Exception) and not isinstance(result, KafkaError):
            log.warning("producer did not close cleanly", error=type(result).__name__)


def _give_up(producer: AIOKafkaProducer) -> None:
    waiting = producer._message_accumulator
    batches = [*waiting._pending_batches, *(batch for queue in waiting._batches.values() for batch in queue)]
    waiting.fail_all(KafkaConnectionError("given up"))
    for batch in batches:
        if batch._drain_waiter.done() and not batch._drain_waiter.cancelled():
            batch._drain_waiter.exception()  # nobody awaits it, and an exception that is never retrieved is logged
