"""Supervised loops: each survives its errors, and records when it last completed a turn.

A thread or task ended by an exception would go unnoticed: commands would be answered while timers no longer fire. So
every loop of a process is made here. An error is logged by type and place, never by text; the next turn waits, longer
each time. A loop without completed turns, because it hangs or because each fails, fails the liveness check under its
name.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

import structlog

from desk.eventstore.connections.error_classification import is_unavailable
from desk.eventstore.errors import StoreUnavailable, WriterStopped
from desk.eventstore.unit_of_work.commit_notifier import wait_or_timeout
from desk.supervision.heartbeat import CURRENT, LIMIT, Heartbeat
from desk.telemetry.logs import described

Errors = tuple[type[Exception], ...]
AWAY: Errors = (StoreUnavailable, WriterStopped)
"""Errors that do not count against a loop: a restart of the process would not make the server available."""
Turn = Callable[[], "float | None"]
"""Returns the seconds until the next turn (0: at once), or None to end the loop."""
AsyncTurn = Callable[[], Awaitable["float | None"]]
log = structlog.get_logger(__name__)


class Pauses(NamedTuple):
    """Seconds to wait after failed turns: `first`, then doubling up to `longest`."""

    first: float = 0.25
    longest: float = 3.0


PAUSES = Pauses()


class _Loop:
    def __init__(
        self, loops: Loops, heartbeat: Heartbeat, pauses: Pauses, excused: tuple[type[Exception], ...]
    ) -> None:
        self._loops, self._pauses, self._excused = loops, pauses, excused
        self.heartbeat, self.name = heartbeat, heartbeat.name
        self._pause = 0.0

    def _completed(self, pause: float) -> None:
        self._pause = 0.0
        self.heartbeat.completed(pause)

    def _survived(self, error: Exception) -> float:
        """Note a failed turn; returns the seconds to wait."""
        self._pause = min(self._pauses.longest, max(self._pauses.first, self._pause * 2))
        excused = isinstance(error, self._excused) or is_unavailable(error)
        self.heartbeat.failed(error, self._pause, excused=excused)
        write = log.warning if excused else log.error
        write("a turn failed", kind=self.name.replace(" ", "-"), delay=self._pause, **described(error))
        return self._pause


class ThreadLoop(_Loop):
    """A loop in a thread of its own."""

    def __init__(self, loops: Loops, heartbeat: Heartbeat, pauses: Pauses, excused: Errors, turn: Turn) -> None:
        super().__init__(loops, heartbeat, pauses, excused)
        self._turn = turn
        self._wake, self.stopping = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"{self.name}-{loops.owner}", daemon=True)

    def start(self) -> None:
        """Start the loop."""
        self._loops.add(self.heartbeat, self.thread, self.thread.is_alive)
        self.heartbeat.completed()
        self.thread.start()

    def wake(self) -> None:
        """Begin the next turn at once, unless the last one failed. Thread-safe."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the present turn; blocks until then."""
        self.stopping.set()
        self._wake.set()
        self.join()

    def join(self) -> None:
        """Wait for the end of a loop that ends itself."""
        if self.thread.is_alive():
            self.thread.join()
        self._loops.remove(self.heartbeat)

    def _run(self) -> None:
        CURRENT.set(self.heartbeat)
        while True:
            self._wake.clear()
            if self.stopping.is_set():
                return
            try:
                pause = self._turn()
            except Exception as error:
                self.stopping.wait(self._survived(error))
                continue
            if pause is None:
                self._loops.remove(self.heartbeat)
                return
            self._completed(pause)
            if pause:
                self._wake.wait(pause)


class TaskLoop(_Loop):
    """A loop in a task. To be used from its event loop only."""

    def __init__(self, loops: Loops, heartbeat: Heartbeat, pauses: Pauses, excused: Errors, turn: AsyncTurn) -> None:
        super().__init__(loops, heartbeat, pauses, excused)
        self._turn = turn
        self._wake, self.stopping = asyncio.Event(), asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the loop."""
        task = self.task = asyncio.create_task(self._run(), name=f"{self.name}-{self._loops.owner}")
        self._loops.add(self.heartbeat, task, lambda: not task.done())
        self.heartbeat.completed()

    def wake(self) -> None:
        """Begin the next turn at once, unless the last one failed."""
        self._wake.set()

    async def stop(self) -> None:
        """Stop after the present turn."""
        self.stopping.set()
        self._wake.set()
        await self._ended()

    async def cancel(self) -> None:
        """Stop at once, also in the middle of a turn."""
        if self.task is not None:
            self.task.cancel()
        await self._ended()

    async def _ended(self) -> None:
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
        self._loops.remove(self.heartbeat)

    async def _run(self) -> None:
        CURRENT.set(self.heartbeat)
        while True:
            self._wake.clear()
            if self.stopping.is_set():
                return
            try:
                pause = await self._turn()
            except asyncio.CancelledError:
                if _is_cancelled():
                    raise
                await wait_or_timeout(self.stopping, self._survived(LeakedCancellation()))
                continue
            except Exception as error:
                await wait_or_timeout(self.stopping, self._survived(error))
                continue
            if pause is None:
                self._loops.remove(self.heartbeat)
                return
            self._completed(pause)
            await (wait_or_timeout(self._wake, pause) if pause else asyncio.sleep(0))


class LeakedCancellation(Exception):
    """A cancellation of something within a turn propagated out of it. The loop itself was not cancelled."""


class Loops:
    """The loops of one service. A turn may be `limit` seconds late. Thread-safe."""

    def __init__(self, owner: str = "", limit: float = LIMIT, now: Callable[[], float] = time.monotonic) -> None:
        self.owner, self.limit, self._now = owner, limit, now
        self._lock = threading.Lock()
        self._running: dict[Heartbeat, tuple[object, Callable[[], bool]]] = {}

    def thread(
        self, name: str, turn: Turn, *, extra: float = 0.0, pauses: Pauses = PAUSES, excused: Errors = AWAY
    ) -> ThreadLoop:
        """A loop in a thread. A turn may last `extra` seconds beyond the limit; `excused` errors do not count against
        the loop."""
        return ThreadLoop(self, Heartbeat(name, extra, self._now), pauses, excused, turn)

    def task(
        self, name: str, turn: AsyncTurn, *, extra: float = 0.0, pauses: Pauses = PAUSES, excused: Errors = AWAY
    ) -> TaskLoop:
        """As `thread`, in a task."""
        return TaskLoop(self, Heartbeat(name, extra, self._now), pauses, excused, turn)

    def add(self, heartbeat: Heartbeat, runner: object, alive: Callable[[], bool]) -> None:
        """Supervise a loop; `runner` is its thread or task."""
        with self._lock:
            self._running[heartbeat] = (runner, alive)

    def remove(self, heartbeat: Heartbeat) -> None:
        """Stop supervising a loop that ended regularly."""
        with self._lock:
            self._running.pop(heartbeat, None)

    def heartbeats(self) -> list[Heartbeat]:
        """The heartbeats of all running loops."""
        with self._lock:
            return list(self._running)

    def runners(self) -> list[object]:
        """The threads and tasks of all running loops."""
        with self._lock:
            return [runner for runner, _ in self._running.values()]

    def ended(self) -> list[str]:
        """Names of loops that ended without being stopped."""
        with self._lock:
            return [heartbeat.name for heartbeat, (_, alive) in self._running.items() if not alive()]

    def complaints(self) -> Iterator[tuple[str, str | None]]:
        """Each loop by name with its problem, or None."""
        with self._lock:
            running = list(self._running.items())
        for heartbeat, (_, alive) in running:
            yield heartbeat.name, heartbeat.complaint(self.limit) if alive() else "ended"


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
