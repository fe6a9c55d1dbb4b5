"""Types of vendor calls: request, answer, and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds, sizes in bytes.

    `read_delays` are the pauses before the second, third ... try of a read; their number bounds the retries.
    `longest_wait` is the longest wait of a call for the rate budget or a `Retry-After`;
    `unnamed_wait` is the pause after a 429 without a time.
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
    """One request. `reads` is True if a repeat is harmless; `operation` names it in errors (no query, no values)."""

    method: str
    url: str
    operation: str
    reads: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. From `VendorHttp.send` its `status` is below 500 and not 408 or 429."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)
