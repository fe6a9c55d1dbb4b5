"""The network's transport for one vendor address, through the proxy of the environment where there is one."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx


def network_transport(address: str) -> httpx.AsyncBaseTransport:
    """A transport that honours HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE, which httpx reads only without a transport of
    ours. Loopback addresses are reached directly."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy is None or host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return httpx.AsyncHTTPTransport()
    return httpx.AsyncHTTPTransport(proxy=proxy if "://" in proxy else f"http://{proxy}")
