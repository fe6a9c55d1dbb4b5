"""Limits applied before any parser: body size, JSON depth, time. Also sets the security headers of responses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.http.problems.problem import Problem

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_OPENING = bytes.maketrans(b"{}", b"[]")
_NO_BRACKET = bytes(byte for byte in range(256) if byte not in b"[]{}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SECURITY_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class BodyLimit:
    """ASGI: reads the whole body, up to `size` bytes, refuses JSON nested deeper than `depth`, then passes it on.

    Also refuses an address with a NUL character, which no database can look up.
    """

    def __init__(self, app: ASGIApp, size: int, depth: int) -> None:
        self._app, self._size, self._depth = app, size, depth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        if body is None:
            return
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        if "\0" in scope.get("path", "") or b"%00" in scope.get("query_string", b""):
            raise Problem("bad_request", "the address holds a NUL character")
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared) > self._size:
            raise self._too_large()
        body: bytes = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += bytes(message.get("body", b""))
            if len(body) > self._size:
                raise self._too_large()
            if not message.get("more_body", False):
                break
        if too_deep(body, self._depth):
            raise Problem("body_too_deep", f"the body is nested more than {self._depth} levels deep")
        scope.setdefault("state", {})["body_read"] = True
        return body

    def _too_large(self) -> Problem:
        return Problem("body_too_large", f"the body has more than {self._size} bytes", headers={"Connection": "close"})


def too_deep(body: bytes, depth: int) -> bool:
    """Whether JSON arrays and objects are nested more than `depth` levels, in time linear in the body per level."""
    if body.count(b"[") + body.count(b"{") <= depth:
        return False
    brackets = _STRING.sub(b"", body).translate(_OPENING, _NO_BRACKET)
    for _ in range(depth):
        inner = brackets.replace(b"[]", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    closed = b"[]" in brackets
    return closed or brackets.count(b"[") > depth


class TimeLimit:
    """ASGI: a response must begin within `seconds`; else 408 when the body did not arrive, 503 otherwise."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: MutableMapping[str, object] = scope.setdefault("state", {})
        try:
            async with asyncio.timeout(self._seconds) as limit:

                async def begun(message: Message) -> None:
                    limit.reschedule(None)
                    await send(message)

                await self._app(scope, receive, begun)
        except TimeoutError:
            if not limit.expired():
                raise
            code = "unavailable" if state.get("body_read") else "request_timeout"
            await Problem(code, f"no answer within {self._seconds:g} s").response()(scope, receive, send)


class SecurityHeaders:
    """ASGI: sets SECURITY_HEADERS on every response that has not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name.lower() for name, _ in headers}
                message["headers"] = headers + [header for header in _SECURITY_HEADERS if header[0] not in there]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
