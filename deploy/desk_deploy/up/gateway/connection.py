"""A kept HTTP/1.1 connection to a service: one request, then its response, then the next."""

from __future__ import annotations

import asyncio
from typing import cast

import httptools

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"date",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Headers of one connection, and the date, which our own server also writes."""
BUFFERED = 262_144
"""Bytes of a response that wait for a slow client before reading from the service pauses."""


class Connection(asyncio.Protocol):
    """One connection to a service, which answers one request at a time."""

    def __init__(self) -> None:
        self.status, self.headers = 0, list[tuple[bytes, bytes]]()
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._asked = self._sent = self._head = self._complete = self._kept = False
        self._lost = self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def idle(self) -> bool:
        """Whether the last response is complete and the connection can take another request."""
        return not self._lost and (not self._asked or (self._sent and self._complete and self._kept))

    def ask(self, data: bytes, more: bool) -> None:
        """Send the head of a request, with the part of the body that is there; `more`: the rest follows by `send`."""
        self._asked, self._sent, self._head, self._complete, self._kept = True, not more, False, False, False
        self._transport.write(data)

    async def send(self, data: bytes, more: bool) -> None:
        """Send more of the body, when the service has read enough of it."""
        await self._writable.wait()
        if not self._lost:
            self._transport.write(data)
            self._sent = not more

    async def wait_for_head(self) -> None:
        """Wait for status and headers. ConnectionError when the connection is lost before."""
        while not self._head:
            await self._change()

    async def part(self) -> tuple[bytes, bool]:
        """More of the response's body, and whether more follows. ConnectionError when the connection is lost before."""
        while not self._body and not self._complete:
            await self._change()
        found = bytes(self._body)
        self._body.clear()
        if self._paused and not self._lost:
            self._paused = False
            self._transport.resume_reading()
        return found, not self._complete

    def close(self) -> None:
        """Close the connection now."""
        self._lost = True
        self._transport.abort()

    async def _change(self) -> None:
        if self._lost:
            raise ConnectionResetError("the service closed the connection")
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _changed(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            if self.idle:
                raise httptools.HttpParserError("a response without a request")
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.close()
        if len(self._body) > BUFFERED and not self._paused and not self._lost:
            self._paused = True
            self._transport.pause_reading()
        self._changed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._writable.set()
        self._changed()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # httptools: the response

    def on_message_begin(self) -> None:
        if self._head:
            raise ValueError("a second response to one request")
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name not in HOP_BY_HOP:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status >= 200:
            self._head, self._kept = True, self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._complete = self._head
