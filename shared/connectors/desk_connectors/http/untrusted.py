"""Admits addresses from untrusted sources by a rule, before any name is resolved or any request is sent.

The grammar is an allow-list of characters, so that no two parsers can read the same text differently:
no userinfo, no backslash, no fragment, no percent sign before the query, no space, nothing beyond ASCII.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

import httpx

LONGEST_URL = 2048
SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~/-]*)(?:\?(?P<query>(?:[A-Za-z0-9._~&=+-]|%[0-9A-Fa-f]{2})*))?"
)


class UrlRefused(Exception):
    """The address may not be fetched. `reason` is one word: malformed, scheme, host, port, path, redirect, ..."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"address refused ({reason}): {remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class UrlRule:
    """`hosts`: exact names, by https on 443 only. `loopback`: one `host:port` for plain http."""

    hosts: frozenset[str]
    loopback: str | None = None


@dataclass(frozen=True, slots=True)
class AdmittedUrl:
    """An address admitted by a rule. `local` is True for the loopback address."""

    url: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    local: bool


def admit(url: str, rule: UrlRule) -> AdmittedUrl:
    """The address if `rule` allows it, else raises `UrlRefused`. Resolves and calls nothing."""
    shape = SHAPE.fullmatch(url) if len(url) <= LONGEST_URL else None
    if shape is None or "/../" in f"{shape['path']}/" or "/./" in f"{shape['path']}/":
        raise UrlRefused("malformed", "give an absolute http(s) address of letters, digits and . _ ~ - / ? & = %")
    host, port = shape["host"].lower(), shape["port"]
    local = rule.loopback is not None and shape["scheme"] == "http" and f"{host}:{port}" == rule.loopback
    if not local:
        _admit_remote(shape["scheme"], host, port, rule)
    parsed = httpx.URL(url)
    if parsed.host != host.strip("[]") or parsed.userinfo:
        raise UrlRefused("malformed", "the address reads differently to different parsers")
    query = tuple(parse_qsl(shape["query"] or "", keep_blank_values=True))
    return AdmittedUrl(url, host, shape["path"], query, local)


def _admit_remote(scheme: str, host: str, port: str | None, rule: UrlRule) -> None:
    if scheme != "https":
        raise UrlRefused("scheme", "only https is fetched")
    if host not in rule.hosts:
        raise UrlRefused("host", "only the hosts configured for this instance are fetched")
    if port not in (None, "443"):
        raise UrlRefused("port", "only port 443 is fetched")
