"""Forwards HTTP requests to another process over connections that are kept.

A general HTTP client costs more processor time than the service that it asks; here a request is one write, and a
response of usual size one read.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.types import Message, Receive, Scope, Send

from desk_deploy.up.gateway.connection import HOP_BY_HOP, Connection

CONNECTING = 5.0
KEPT, KEPT_FOR = 64, 30.0
"""Idle connections kept for each service, and seconds for which one is used again: fewer than the service keeps it."""
BODY_WITHIN = 0.05
"""Seconds to wait for the body, so that it is sent with the head; a client that takes longer sends it in parts."""


Framed = Callable[[bytes, bool], bytes]


class ServiceAway(Exception):
    """The service cannot be reached, or ended before it began to answer. Whether it acted is unknown."""


class _ClientGone(Exception):
    """The client went away before it had sent the whole request."""


class Upstream:
    """One service. Requests run at the same time on connections of their own."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = str(parts.hostname), parts.port or 80
        self._idle: deque[tuple[Connection, float]] = deque()

    async def forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the request to the service and its response to the client, both in parts.

        ServiceAway before anything was sent to the client; ConnectionError when the response breaks off, so that our
        server breaks it off too.
        """
        connection = await self._connection()
        try:
            await _ask(connection, scope, receive)
            await _answer(connection, scope["method"] == "HEAD", receive, send)
        except _ClientGone:
            return
        finally:
            self._keep(connection)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop()[0].close()

    async def _connection(self) -> Connection:
        now = time.monotonic()
        while self._idle:
            connection, since = self._idle.pop()
            if connection.idle and now - since < KEPT_FOR:
                return connection
            connection.close()
        try:
            async with asyncio.timeout(CONNECTING):
                loop = asyncio.get_running_loop()
                return (await loop.create_connection(Connection, self._host, self._port))[1]
        except OSError as error:  # also TimeoutError
            raise ServiceAway from error

    def _keep(self, connection: Connection) -> None:
        if not connection.idle:
            connection.close()
            return
        if len(self._idle) >= KEPT:
            self._idle.popleft()[0].close()
        self._idle.append((connection, time.monotonic()))


async def _ask(connection: Connection, scope: Scope, receive: Receive) -> None:
    """Send the request and wait for the head of the response, which may come before the whole request is sent."""
    head, sized, chunked = _head(scope)
    if not (sized or chunked):
        connection.ask(head + b"\r\n", more=False)
        await _begun(connection)
        return
    framed = _chunk if chunked else _whole
    head += b"transfer-encoding: chunked\r\n\r\n" if chunked else b"\r\n"
    try:
        async with asyncio.timeout(BODY_WITHIN):
            body, more = await _received(receive)
    except TimeoutError:
        body, more = b"", True
    connection.ask(head + framed(body, more), more)
    if more:
        await _sending(connection, framed, receive)
    await _begun(connection)


def _head(scope: Scope) -> tuple[bytes, bool, bool]:
    """The head of a request without its last line; whether it has a Content-Length, and whether it is chunked."""
    query: bytes = scope["query_string"]
    target: bytes = scope["raw_path"] + (b"?" + query if query else b"")
    lines = [scope["method"].encode(), b" ", target, b" HTTP/1.1\r\n"]
    sized = chunked = False
    for name, value in scope["headers"]:
        sized, chunked = sized or name == b"content-length", chunked or name == b"transfer-encoding"
        if name not in HOP_BY_HOP:
            lines += (name, b": ", value, b"\r\n")
    return b"".join(lines), sized, chunked


async def _sending(connection: Connection, framed: Framed, receive: Receive) -> None:
    """Send the rest of a request, until the service answers."""

    async def remainder() -> None:
        more = True
        while more:
            body, more = await _received(receive)
            await connection.send(framed(body, more), more)

    tasks = [asyncio.ensure_future(remainder()), asyncio.ensure_future(connection.wait_for_head())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0] in done:
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _begun(connection: Connection) -> None:
    try:
        await connection.wait_for_head()
    except ConnectionError as error:
        raise ServiceAway from error


async def _received(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _ClientGone
    return message.get("body", b""), message.get("more_body", False)


def _whole(body: bytes, _more: bool) -> bytes:
    return body


def _chunk(body: bytes, more: bool) -> bytes:
    part = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return part if more else part + b"0\r\n\r\n"


async def _answer(connection: Connection, without_body: bool, receive: Receive, send: Send) -> None:
    start: Message = {"type": "http.response.start", "status": connection.status, "headers": connection.headers}
    await send(start)
    if without_body:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    body, more = await connection.part()
    if more:
        await _stream(connection, body, receive, send)
    else:
        await send({"type": "http.response.body", "body": body, "more_body": False})


async def _stream(connection: Connection, body: bytes, receive: Receive, send: Send) -> None:
    """Send a response that comes in parts. A client that goes away ends it, also at the service."""
    more, gone = True, asyncio.ensure_future(_gone(receive))
    try:
        while not gone.done():
            await send({"type": "http.response.body", "body": body, "more_body": more})
            if not more:
                return
            body, more = await connection.part()
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
