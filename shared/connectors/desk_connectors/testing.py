"""Test doubles for connectors: a clock that tests advance, and a scripted transport that keeps its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

START = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
Play = Callable[[httpx.Request], httpx.Response]


class FakeClock:
    """Clock that moves only by `sleep` and `advance`. `slept` lists every pause in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    async def sleep(self, seconds: float) -> None:
        until = self.seconds + seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.seconds = max(self.seconds, until)


class Played(httpx.AsyncBaseTransport):
    """Gives the scripted answers in order, and repeats the last one. Exceptions in the script are raised."""

    def __init__(self, *script: httpx.Response | Exception | Play) -> None:
        self._script = list(script)
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, httpx.Response):
            return httpx.Response(step.status_code, headers=step.headers, content=step.content)
        return step(request)
