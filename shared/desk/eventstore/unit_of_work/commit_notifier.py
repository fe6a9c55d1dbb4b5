"""Notifies readers in the same process that own facts were committed, so that they need not wait for a poll."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


class CommitNotifier:
    """Shared by all services of a process. Thread-safe; callbacks run in the committing thread and must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[int, tuple[str, Callable[[], None]]] = {}
        self._next = 0

    def listen(self, owner: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` when an owner other than `owner` has committed own facts. Calling the result unsubscribes."""
        with self._lock:
            self._next += 1
            number = self._next
            self._callbacks[number] = (owner, callback)
        return lambda: self._forget(number)

    def committed(self, owner: str) -> None:
        """Notify that `owner` has new facts in its store."""
        with self._lock:
            callbacks = [callback for listener, callback in self._callbacks.values() if listener != owner]
        for callback in callbacks:
            callback()

    def _forget(self, number: int) -> None:
        with self._lock:
            self._callbacks.pop(number, None)


async def wait_or_timeout(wake: asyncio.Event, seconds: float) -> None:
    """Wait for the event or the timeout."""
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return
