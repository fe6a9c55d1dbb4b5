"""What is sent to a vendor, what comes back, and how hard a vendor may be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds, sizes in bytes.

    `read_delays` are the pauses before the second, third ... try of a read: their number bounds the retries.
    `longest_wait` is what a call waits at most for the rate budget or for a `Retry-After`;
    `unnamed_wait` is taken for a 429 that names no time.
    """

    per_minute: float = 600.0
    burst: int = 20
    connect: float = 3.0
    deadline: float = 20.0
    answer_bytes: int = 32 * 1024 * 1024
    read_delays: tuple[float, ...] = (0.25, 1.0)
    longest_wait: float = 5.0
    unnamed_wait: float = 30.0
    breaker_failures: int = 5
    breaker_cooldown: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `reads` is True when a repeat is harmless; `operation` names it in errors (no query, no values)."""

    method: str
    url: str
    operation: str
    reads: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read whole. Out of `VendorHttp.send` its `status` is below 500 and not 408 or 429."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)
