"""Event loop and garbage collector of a serving process."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")
YOUNG, MIDDLE, OLD = 10_000, 20, 100
THREADS = 64


def run(work: Coroutine[Any, Any, T]) -> T:  # Any: what passes between a coroutine and its loop
    """Run a coroutine on uvloop. Replica caches are large and without cycles; at the default thresholds, the collector
    scans them so often that the slowest responses took five times as long."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    return uvloop.run(_with_threads(work))


async def _with_threads(work: Coroutine[Any, Any, T]) -> T:  # Any: as in `run`
    # Threads wait for the database. With the default number, which depends on the processors, a hanging database would
    # occupy all threads of a small machine, and requests that are refused at once would wait for one.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "blocking"))
    return await work


def freeze_gc() -> None:
    """Exclude all present objects from garbage collection; called when startup has created the long-lived ones."""
    gc.collect()
    gc.freeze()
