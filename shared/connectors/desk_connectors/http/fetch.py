"""Fetches one small document from an admitted address of an untrusted source."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from desk_connectors.http.call import Answer
from desk_connectors.http.errors import VendorUnavailable
from desk_connectors.http.pinned import PinnedTransport, Resolve, is_loopback, is_public, system_resolve
from desk_connectors.http.untrusted import AdmittedUrl, UrlRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """`seconds` limits the whole fetch, from the name's resolution to the last byte."""

    seconds: float = 2.0
    body_bytes: int = 64 * 1024


class UntrustedFetch:
    """Fetches admitted addresses. `inner` is the transport below the address check; None is the network, no proxy."""

    def __init__(
        self,
        vendor: str,
        limits: FetchLimits | None = None,
        resolve: Resolve = system_resolve,
        inner: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._vendor = vendor
        self._limits = limits or FetchLimits()
        self._public = httpx.AsyncClient(transport=PinnedTransport(is_public, resolve, inner), trust_env=False)
        self._loopback = httpx.AsyncClient(transport=PinnedTransport(is_loopback, resolve, inner), trust_env=False)

    async def aclose(self) -> None:
        await self._public.aclose()
        await self._loopback.aclose()

    async def get(self, address: AdmittedUrl, headers: Mapping[str, str], operation: str) -> Answer:
        """Make one GET. Raises `UrlRefused` for redirects, refused addresses, long bodies, else `VendorUnavailable`."""
        client = self._loopback if address.local else self._public
        try:
            async with asyncio.timeout(self._limits.seconds):
                sent = {**headers, "accept-encoding": "identity"}
                request = client.build_request("GET", address.url, headers=sent, timeout=self._limits.seconds)
                response = await client.send(request, stream=True, follow_redirects=False)
                try:
                    return Answer(response.status_code, response.headers, await self._read(response))
                finally:
                    await response.aclose()
        except (httpx.TransportError, TimeoutError) as error:
            problem = f"no answer ({type(error).__name__})"
            raise VendorUnavailable(self._vendor, operation, problem) from error

    async def _read(self, response: httpx.Response) -> bytes:
        if 300 <= response.status_code < 400:
            raise UrlRefused("redirect", "redirects are not followed")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise UrlRefused("encoding", "a compressed answer to a plain request is not unpacked")
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._limits.body_bytes:
                raise UrlRefused("too-long", f"more than {self._limits.body_bytes} bytes")
        return bytes(body)
