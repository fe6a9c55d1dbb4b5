"""Ends a process that has lost an essential task, so that its supervisor restarts it.

A server whose task has died serves nothing, and a loop whose task was cancelled never runs again, while the process
would go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from desk.eventstore.unit_of_work.commit_notifier import wait_or_timeout
from desk.supervision.loops import Loops
from desk.telemetry.logs import described

log = structlog.get_logger(__name__)


class TaskEnded(RuntimeError):
    """An essential task has ended by itself. End the process, so that its supervisor restarts it."""


async def run_until(stop: asyncio.Event, *watched: Loops, every: float = 1.0) -> None:
    """Wait for `stop`. TaskEnded when one of the loops ends before."""
    while True:
        await wait_or_timeout(stop, every)
        if stop.is_set():
            return
        ended = [f"{loops.owner} {name}" for loops in watched for name in loops.ended()]
        if ended:
            log.critical("a loop has ended, and the process with it", count=len(ended))
            raise TaskEnded(f"ended by itself: {', '.join(ended)}")


@asynccontextmanager
async def bound_to(task: asyncio.Task[None], name: str) -> AsyncIterator[None]:
    """Run the block while the task runs. TaskEnded interrupts the block when the task ends by itself."""
    owner = asyncio.current_task()
    interrupted = False

    def interrupt(_: object) -> None:
        nonlocal interrupted
        if owner is not None and not owner.done():
            interrupted = True
            owner.cancel()

    task.add_done_callback(interrupt)
    try:
        yield
    except asyncio.CancelledError:
        if not interrupted or owner is None or owner.uncancel() > 0:
            raise
        error = None if task.cancelled() else task.exception()
        log.critical("the process cannot go on without it", kind=name.replace(" ", "-"), **described(error))
        raise TaskEnded(f"{name} has ended by itself") from error
    finally:
        task.remove_done_callback(interrupt)
