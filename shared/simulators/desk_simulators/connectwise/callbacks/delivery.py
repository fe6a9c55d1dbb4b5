"""Delivery (contract 1.4): 5 s timeout, two retries on 404, 409, 419 and 429, everything else lost, switch-off."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from desk_simulators.connectwise.callbacks.payload import SIGNATURE_HEADER
from desk_simulators.connectwise.callbacks.queue import CallbackQueue, Message
from desk_simulators.connectwise.repeating import repeated
from desk_simulators.connectwise.state import PsaState

RETRIED = frozenset({404, 409, 419, 429})
SYSTEM = "CallbackService"


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """`scale` stretches every wait (retries, delays of faults); 0 = none. `concurrency` = calls under way at once."""

    timeout_seconds: float = 5.0
    retry_after: tuple[float, ...] = (2.0, 4.0)
    switch_off_after: timedelta = timedelta(days=3)
    scale: float = 1.0
    concurrency: int = 4


class Delivery:
    """Sends the queue's messages, by a background task between `start` and `stop`, or by hand with `pump`."""

    def __init__(
        self,
        state: PsaState,
        queue: CallbackQueue,
        rules: DeliveryRules,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._state = state
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
        entry = self._state.table("callback").get(message.callback_id)
        if entry is None or entry.get("inactiveFlag"):
            self._queue.record(message, None, "dropped")
            return
        status, reason = await self._send(message)
        if status is not None and 200 <= status < 300:
            self._failing_since.pop(message.callback_id, None)
            self._queue.record(message, status, "delivered")
        else:
            self._failed(message, status, reason)

    async def _send(self, message: Message) -> tuple[int | None, str]:
        headers = {"content-type": "application/json; charset=utf-8", SIGNATURE_HEADER: message.signature}
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
        retried = status in RETRIED and message.attempt <= len(self._rules.retry_after)
        self._queue.record(message, status, "retried" if retried else "failed", reason)
        if retried:
            self._queue.put(message.again(), self._rules.retry_after[message.attempt - 1])
        now = self._state.now()
        since = self._failing_since.setdefault(message.callback_id, now)
        if now - since >= self._rules.switch_off_after:
            self._switch_off(message.callback_id)

    def _switch_off(self, callback_id: int) -> None:
        self._failing_since.pop(callback_id, None)
        entry = self._state.record("callback", callback_id)
        info = {**entry["_info"], "lastUpdated": self._state.stamp(), "updatedBy": SYSTEM}
        self._state.table("callback").put({**entry, "inactiveFlag": True, "_info": info})
        self._state.revision += 1
