"""Bounds the wait for calls of a client library that ignore cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

_left: set[asyncio.Future[Any]] = set()


async def bounded(work: Awaitable[Any], seconds: float) -> Any:
    """The result of `work`; TimeoutError after `seconds` even if `work` ignores its cancellation."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave(task)
        raise
    if not done:
        _leave(task)
        raise TimeoutError(f"no end within {seconds:g} s")
    return task.result()


def _leave(task: asyncio.Future[Any]) -> None:
    _left.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: asyncio.Future[Any]) -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()
