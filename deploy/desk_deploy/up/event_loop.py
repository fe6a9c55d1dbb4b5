"""How a process that serves runs its loop and collects its garbage."""

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


def run(work: Coroutine[Any, Any, T]) -> T:
    """Until it ends, on uvloop. The caches of replicas are large and hold no cycles: the collector's usual pace walks
    them again and again, which alone made the slowest answers five times slower."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    return uvloop.run(_with_threads(work))


async def _with_threads(work: Coroutine[Any, Any, T]) -> T:
    # Threads wait for the database. The usual number grows with the processors, and on a small machine a database that
    # hangs would take all of them: what is refused at once would still wait for a thread.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "blocking"))
    return await work


def freeze_gc() -> None:
    """Everything that lives as long as the process is made: it is never looked at again."""
    gc.collect()
    gc.freeze()
