"""Detects clients of aiokafka whose background tasks failed, and closes them.

An error that the library does not expect ends the task that raised it, and nothing starts it again: uvloop, for
example, raises RuntimeError for a write to a connection that was closed meanwhile. The client then neither consumes
nor reports it, or raises the same error at every call. Only a new client helps.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from desk.bus.kafka.hard_timeout import bounded


def failed_task(consumer: AIOKafkaConsumer) -> str | None:
    """The name of a background task of this consumer that failed; None while all of them work."""
    return next((name for name, task in _tasks(consumer).items() if _failed(task)), None)


def require_tasks(consumer: AIOKafkaConsumer) -> None:
    """KafkaError when a background task of this consumer failed."""
    failed = failed_task(consumer)
    if failed is not None:
        raise KafkaError(f"the {failed} task of the client failed")


async def close_failed(consumer: AIOKafkaConsumer, seconds: float) -> None:
    """Close a consumer whose tasks failed, and its connections. Takes at most twice `seconds`.

    The library would wait for tasks that wait for the failed one, and raise the error of the failed one before it
    closes the connections.
    """
    running = [task for task in _tasks(consumer).values() if task is not None and not task.done()]
    for task in running:
        task.cancel()
    with suppress(TimeoutError):
        await bounded(asyncio.gather(*running, return_exceptions=True), seconds)
    client = consumer._client
    client._sync_task = None
    for close in (consumer.stop, client.close):
        with suppress(Exception):
            await bounded(close(), seconds / 2)


def _tasks(consumer: AIOKafkaConsumer) -> dict[str, asyncio.Task[object] | None]:
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    grouped = hasattr(coordinator, "_coordination_task")
    return {
        "metadata": consumer._client._sync_task,
        "fetch": fetcher._fetch_task if fetcher is not None else None,
        "coordination": coordinator._coordination_task if grouped else None,
        "heartbeat": coordinator._heartbeat_task if grouped else None,
        "committed offsets": coordinator._commit_refresh_task if grouped else None,
    }


def _failed(task: asyncio.Task[object] | None) -> bool:
    return task is not None and task.done() and not task.cancelled() and task.exception() is not None
