"""Transport that resolves a name once, checks every resulting address, and connects to exactly those addresses.

A second look-up between check and connection would let a name that changes its addresses (DNS rebinding) reach the
internal network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx

from desk_connectors.http.untrusted import UrlRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
Allow = Callable[[IPAddress], bool]

TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
TUNNELS = tuple(ipaddress.ip_network(n) for n in ("64:ff9b:1::/48", "::/96", "2002::/16", "2001::/32"))


async def system_resolve(host: str, port: int) -> list[str]:
    """Every address of `host`, in the order of the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: IPAddress) -> bool:
    """True for an address of the public internet, including IPv6 forms that embed a public IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in network for network in TUNNELS):
            return False
        inner = address.ipv4_mapped
        if address in TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    never = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    return address.is_global and not (never or address.is_reserved or address.is_unspecified)


def is_loopback(address: IPAddress) -> bool:
    return address.is_loopback


class PinnedTransport(httpx.AsyncBaseTransport):
    """Sends to the checked addresses; Host, SNI and certificate check use the name.

    All addresses must be allowed: a mixed answer is an attack or a broken zone. `inner` None is the network; its
    connections are never reused, so that one name's connection cannot serve another.
    """

    def __init__(self, allow: Allow, resolve: Resolve, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._allow = allow
        self._resolve = resolve
        self._inner = inner or httpx.AsyncHTTPTransport(
            trust_env=False, limits=httpx.Limits(max_keepalive_connections=0, max_connections=20)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        addresses = await self._judged(request)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_to(address, request))
            except httpx.ConnectError:
                continue
        return await self._inner.handle_async_request(_to(addresses[-1], request))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _judged(self, request: httpx.Request) -> list[str]:
        host = request.url.host
        try:
            found = await self._resolve(host, request.url.port or 443)
        except OSError as error:
            raise httpx.ConnectError("name not resolved", request=request) from error
        if not found:
            raise httpx.ConnectError("name has no address", request=request)
        for text in found:
            if not self._allow(ipaddress.ip_address(text)):
                raise UrlRefused("address", "the name resolves to an address that may not be called")
        return found


def _to(address: str, request: httpx.Request) -> httpx.Request:
    extensions = {**request.extensions, "sni_hostname": request.url.host}
    url = request.url.copy_with(host=address)
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)
