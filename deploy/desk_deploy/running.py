"""How a process that serves runs its loop and collects its garbage."""

from __future__ import annotations

import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")
YOUNG, MIDDLE, OLD = 10_000, 20, 100


def run(work: Coroutine[Any, Any, T]) -> T:
    """Until it ends, on uvloop. The caches of replicas are large and hold no cycles: the collector's usual pace walks
    them again and again, which alone made the slowest answers five times slower."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    return uvloop.run(work)


def settled() -> None:
    """Everything that lives as long as the process is made: it is never looked at again."""
    gc.collect()
    gc.freeze()
