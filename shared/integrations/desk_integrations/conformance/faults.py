"""Faults between an adapter and its vendor, the same for every vendor, and a ledger of every request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

Send = Callable[[httpx.Request], Awaitable[httpx.Response]]
Act = Callable[[httpx.Request, Send], Awaitable[httpx.Response]]


@dataclass(slots=True)
class _Fault:
    path: re.Pattern[str]
    act: Act
    left: int | None


class FaultTransport(httpx.AsyncBaseTransport):
    """Passes requests to `inner`, but those whose path matches a fault to the fault. `asked` keeps all of them."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._faults: list[_Fault] = []
        self.asked: list[httpx.Request] = []

    def add(self, path: str, act: Act, times: int | None = None) -> None:
        """A fault for requests whose path matches the pattern: the next `times` of them, all when None."""
        self._faults.append(_Fault(re.compile(path), act, times))

    def clear(self) -> None:
        self._faults.clear()

    def count(self, path: str) -> int:
        """The number of requests so far whose path matches the pattern."""
        return sum(re.search(path, request.url.path) is not None for request in self.asked)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        for fault in self._faults:
            if fault.left != 0 and fault.path.search(request.url.path):
                fault.left = None if fault.left is None else fault.left - 1
                return await fault.act(request, self._inner.handle_async_request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _CutStream(httpx.AsyncByteStream):
    """The beginning of a body, then a broken connection."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'[{"id": 1,'
        raise httpx.ReadError("connection reset")


def answers(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Act:
    """Answers in the vendor's place."""

    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        return httpx.Response(status, headers=headers, content=body)

    return act


def fails(error: Exception) -> Act:
    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        raise error

    return act


def stalls() -> Act:
    """Never answers."""

    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits for an hour")

    return act


def cuts() -> Act:
    """Breaks the connection in the middle of the body."""

    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, stream=_CutStream())

    return act


def edits(change: Callable[[Any], Any]) -> Act:
    """The vendor's answer with its JSON changed."""

    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        response = await send(request)
        body = msgspec.json.encode(change(msgspec.json.decode(await response.aread())))
        return httpx.Response(response.status_code, headers={"content-type": "application/json"}, content=body)

    return act


def afterwards(move: Callable[[], None]) -> Act:
    """The vendor's answer, after which the world moves."""

    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        response = await send(request)
        await response.aread()
        move()
        return response

    return act
