"""Webhook delivery by a background task or by hand: time-out, retries, switch-off after lasting failure."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import httpx

from desk_simulators.kit.background import repeated
from desk_simulators.kit.clock import Clock
from desk_simulators.kit.webhooks.queue import Message, WebhookQueue


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """Rules of one vendor.

    Only answers with a status in `retried` are tried again, after the seconds of `retry_after`; `switch_off_after`
    None = never. `scale` stretches every wait (retries, delays of faults); 0 = none. `concurrency` bounds the calls
    under way at once.
    """

    timeout_seconds: float = 5.0
    retried: frozenset[int] = frozenset()
    retry_after: tuple[float, ...] = ()
    switch_off_after: timedelta | None = None
    scale: float = 1.0
    concurrency: int = 4


class Registrations(Protocol):
    """The vendor's webhook registrations, by id."""

    def is_active(self, callback_id: int) -> bool: ...

    def switch_off(self, callback_id: int) -> None: ...


class Delivery:
    """Sends the queue's messages, by a background task between `start` and `stop`, or by hand with `pump`."""

    def __init__(
        self,
        registrations: Registrations,
        queue: WebhookQueue,
        rules: DeliveryRules,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._registrations = registrations
        self._clock = clock
        self._queue = queue
        self._rules = rules
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._failing_since: dict[int, datetime] = {}
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ends the background task and closes connections; messages that wait are kept."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
        await self.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def pump(self, limit: int | None = None) -> int:
        """Deliver what waits, in order of due time and without waiting for it; returns the attempts made."""
        attempts = 0
        while (limit is None or attempts < limit) and (message := self._queue.pop()) is not None:
            await self.attempt(message)
            attempts += 1
        return attempts

    async def _work(self) -> None:
        wake = asyncio.Event()
        self._queue.wake = wake.set
        slots = asyncio.Semaphore(self._rules.concurrency)
        async with asyncio.TaskGroup() as group:

            async def begin() -> float:
                await self._until_due(wake)
                await slots.acquire()
                message = self._queue.pop()
                if message is None:
                    slots.release()
                else:
                    group.create_task(self._attempt_in(slots, message))
                return 0.0

            await repeated("delivery", begin)

    async def _until_due(self, wake: asyncio.Event) -> None:
        while (wait := self._queue.next_due()) != 0.0:
            wake.clear()
            try:
                await asyncio.wait_for(wake.wait(), wait)
            except TimeoutError:
                return

    async def _attempt_in(self, slots: asyncio.Semaphore, message: Message) -> None:
        try:
            await self.attempt(message)
        except Exception as error:
            # out of the task it would end the delivery of all others
            self._queue.record(message, None, "failed", type(error).__name__)
        finally:
            slots.release()

    async def attempt(self, message: Message) -> None:
        if not self._registrations.is_active(message.callback_id):
            self._queue.record(message, None, "dropped")
            return
        status, reason = await self._send(message)
        if status is not None and 200 <= status < 300:
            self._failing_since.pop(message.callback_id, None)
            self._queue.record(message, status, "delivered")
        else:
            self._failed(message, status, reason)

    async def _send(self, message: Message) -> tuple[int | None, str]:
        headers = {"content-type": "application/json; charset=utf-8", **message.headers}
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport, trust_env=False, timeout=self._rules.timeout_seconds
            )
        try:
            async with asyncio.timeout(self._rules.timeout_seconds):
                answer = await self._client.post(message.url, content=message.body, headers=headers)
        except TimeoutError:
            return None, "timeout"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return None, type(error).__name__
        return answer.status_code, ""

    def _failed(self, message: Message, status: int | None, reason: str) -> None:
        retried = status in self._rules.retried and message.attempt <= len(self._rules.retry_after)
        self._queue.record(message, status, "retried" if retried else "failed", reason)
        if retried:
            self._queue.put(message.again(), self._rules.retry_after[message.attempt - 1])
        now = self._clock()
        since = self._failing_since.setdefault(message.callback_id, now)
        limit = self._rules.switch_off_after
        if limit is not None and now - since >= limit:
            self._failing_since.pop(message.callback_id, None)
            self._registrations.switch_off(message.callback_id)
