"""Ends of the tasks that a part of a service runs beside its work."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def ended(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait for its end, whatever that is."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def cancelled(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait for its end; one that had failed before raises its error here."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
