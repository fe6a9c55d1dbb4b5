"""Loops that end only when they are stopped: each survives its errors, and says when it last completed a turn.

A thread or task that an exception ends is missed by nobody: commands are answered while timers no longer fire. So every
loop of a process is made here. An error is logged by type and place, never by text; the next turn waits, longer each
time; and a loop without turns, because it hangs or because each turn fails, fails the liveness check by its name.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

import structlog

from desk.eventstore.connections.availability import is_unavailable
from desk.eventstore.errors import StoreUnavailable, WriterStopped
from desk.eventstore.unit_of_work.commit_notifier import wait_or_timeout
from desk.supervision.heartbeat import CURRENT, LIMIT, Heartbeat
from desk.telemetry.logs import described

Errors = tuple[type[Exception], ...]
AWAY: Errors = (StoreUnavailable, WriterStopped)
"""Errors of a turn that say nothing against its loop: a restart of the process would not bring the server back."""
Turn = Callable[[], "float | None"]
"""Returns the seconds until the next turn (0: at once), None when the loop has done its work for good."""
AsyncTurn = Callable[[], Awaitable["float | None"]]
log = structlog.get_logger(__name__)


class Pauses(NamedTuple):
    """Seconds after a first failed turn, and at most, with twice the last one in between."""

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
        """The seconds to wait after a turn that failed."""
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
        """Begin to turn."""
        self._loops.add(self.heartbeat, self.thread, self.thread.is_alive)
        self.heartbeat.completed()
        self.thread.start()

    def wake(self) -> None:
        """From any thread: the next turn begins at once, unless the last one failed."""
        self._wake.set()

    def stop(self) -> None:
        """End after the turn in hand; blocks until then."""
        self.stopping.set()
        self._wake.set()
        self.join()

    def join(self) -> None:
        """Wait for the end of a loop whose turns end it themselves."""
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
    """A loop in a task. All calls from its event loop."""

    def __init__(self, loops: Loops, heartbeat: Heartbeat, pauses: Pauses, excused: Errors, turn: AsyncTurn) -> None:
        super().__init__(loops, heartbeat, pauses, excused)
        self._turn = turn
        self._wake, self.stopping = asyncio.Event(), asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to turn."""
        task = self.task = asyncio.create_task(self._run(), name=f"{self.name}-{self._loops.owner}")
        self._loops.add(self.heartbeat, task, lambda: not task.done())
        self.heartbeat.completed()

    def wake(self) -> None:
        """The next turn begins at once, unless the last one failed."""
        self._wake.set()

    async def stop(self) -> None:
        """End after the turn in hand."""
        self.stopping.set()
        self._wake.set()
        await self._ended()

    async def cancel(self) -> None:
        """End at once, in the middle of a turn."""
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
    """Something within a turn was cancelled, and the cancellation came out of it. Nobody cancelled the loop."""


class Loops:
    """The loops of one service. `limit` is how many seconds a turn may be late. Thread-safe."""

    def __init__(self, owner: str = "", limit: float = LIMIT, now: Callable[[], float] = time.monotonic) -> None:
        self.owner, self.limit, self._now = owner, limit, now
        self._lock = threading.Lock()
        self._running: dict[Heartbeat, tuple[object, Callable[[], bool]]] = {}

    def thread(
        self, name: str, turn: Turn, *, extra: float = 0.0, pauses: Pauses = PAUSES, excused: Errors = AWAY
    ) -> ThreadLoop:
        """A loop in a thread. `extra` is how many seconds a turn may last beyond the limit; `excused` are errors that
        say nothing against the loop."""
        return ThreadLoop(self, Heartbeat(name, extra, self._now), pauses, excused, turn)

    def task(
        self, name: str, turn: AsyncTurn, *, extra: float = 0.0, pauses: Pauses = PAUSES, excused: Errors = AWAY
    ) -> TaskLoop:
        """The same in a task."""
        return TaskLoop(self, Heartbeat(name, extra, self._now), pauses, excused, turn)

    def add(self, heartbeat: Heartbeat, runner: object, alive: Callable[[], bool]) -> None:
        """Watch a loop from now on; `runner` is its thread or task."""
        with self._lock:
            self._running[heartbeat] = (runner, alive)

    def remove(self, heartbeat: Heartbeat) -> None:
        """It ended in order."""
        with self._lock:
            self._running.pop(heartbeat, None)

    def heartbeats(self) -> list[Heartbeat]:
        """Of every loop that runs."""
        with self._lock:
            return list(self._running)

    def runners(self) -> list[object]:
        """The threads and tasks of the loops that run."""
        with self._lock:
            return [runner for runner, _ in self._running.values()]

    def ended(self) -> list[str]:
        """The loops that ended although nobody stopped them."""
        with self._lock:
            return [heartbeat.name for heartbeat, (_, alive) in self._running.items() if not alive()]

    def complaints(self) -> Iterator[tuple[str, str | None]]:
        """Each loop by name with what is wrong with it, None where nothing is."""
        with self._lock:
            running = list(self._running.items())
        for heartbeat, (_, alive) in running:
            yield heartbeat.name, heartbeat.complaint(self.limit) if alive() else "ended"


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
