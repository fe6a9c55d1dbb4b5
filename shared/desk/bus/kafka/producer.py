"""Sends records in order and says when all of them are safe. Any failure ends the producer: the next send makes a new
one, and whoever sends begins again at the last record known to be safe."""

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
    """One idempotent producer at a time, for one sender.

    A failed future means that its sequence number is spent: every later record for that partition would fail too.
    Idempotence has no delivery time-out, so `settings.deadline` bounds the wait, and the outcome is then unknown.
    """

    def __init__(self, settings: KafkaSettings, owner: str) -> None:
        self._settings, self._owner = settings, owner
        self._producer: AIOKafkaProducer | None = None
        self.made = 0

    async def send(self, batch: Sequence[Message]) -> None:
        """Return when every in-sync copy has all of `batch`. KafkaError: send it again, from its first record on.

        Topics are written side by side. Facts of operations tell of the others and follow when those are safe: a store
        that is given back that a call is done is then given back what came of it.
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
        """Close the producer, in bounded time whatever the brokers do."""
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
    # Not gather: it would cancel them with the wait, and the producer would send them all the same.
    if futures:
        done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)
        for future in done:
            future.result()


async def _close(producer: AIOKafkaProducer, seconds: float) -> None:
    """`producer.stop()` waits for records that are pending, for ever when the brokers are away."""
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
            batch._drain_waiter.exception()  # nobody waits for it, and an error that nobody takes is logged
