"""Bounds the wait for calls of a client library that ignore cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")
_left: set[asyncio.Future[Any]] = set()  # Any: results that nobody reads


async def bounded(work: Awaitable[T], seconds: float) -> T:
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


def _leave(task: asyncio.Future[T]) -> None:
    _left.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: asyncio.Future[T]) -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()
