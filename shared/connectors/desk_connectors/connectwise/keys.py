"""Fetches and caches signing keys, whose addresses come from unverified bodies, within limits (contract 1.3)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakValueDictionary

import msgspec

from desk_connectors.connectwise.records.reading import VENDOR
from desk_connectors.connectwise.session import credentials
from desk_connectors.connectwise.settings import KEY_PATH, ConnectWiseSettings, KeyRule
from desk_connectors.http.budget import TokenBucket
from desk_connectors.http.call import Answer
from desk_connectors.http.clock import Clock, SystemClock
from desk_connectors.http.errors import VendorRateLimited, VendorUnavailable
from desk_connectors.http.fetch import UntrustedFetch
from desk_connectors.http.untrusted import AdmittedUrl, UrlRefused, admit
from desk_connectors.reading import UNREADABLE

OPERATION = "GET signing key"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLimits:
    """`ttl` is the lifetime of a cached key in seconds; the others are counts.

    Fetches from addresses whose key has verified a body have their own budget, so that forged addresses
    cannot use up what a changed key needs.
    """

    ttl: float = 3600.0
    unproven_per_minute: int = 20
    proven_per_minute: int = 60
    remembered: int = 64


@dataclass(slots=True)
class CachedKey:
    """A fetched key. `proven`: a body was verified with a key of its address."""

    key: str
    at: float
    proven: bool = False


class _Body(msgspec.Struct, frozen=True):
    signing_key: str


class KeySource:
    """Signing keys of one instance. Refused addresses raise `UrlRefused` before any call.

    After `VendorUnavailable` and `VendorRateLimited` the signature is undecided: let the sender retry (429).
    """

    def __init__(
        self,
        settings: ConnectWiseSettings,
        *,
        desk_listens_on_loopback: bool = False,
        fetch: UntrustedFetch | None = None,
        clock: Clock | None = None,
        limits: KeyLimits | None = None,
    ) -> None:
        self._rule: KeyRule = settings.key_rule(desk_listens_on_loopback)
        self._credentials = credentials(settings)
        self._clock = clock or SystemClock()
        self._limits = limits or KeyLimits()
        self._fetch = fetch or UntrustedFetch(VENDOR)
        self._cache: OrderedDict[str, CachedKey] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._unproven = TokenBucket(self._limits.unproven_per_minute, self._limits.unproven_per_minute, self._clock)
        self._proven = TokenBucket(self._limits.proven_per_minute, self._limits.proven_per_minute, self._clock)

    async def aclose(self) -> None:
        await self._fetch.aclose()

    def admitted(self, key_url: str) -> AdmittedUrl:
        """The address, if it may name a key of this instance; else raises `UrlRefused`."""
        address = admit(key_url, self._rule.url)
        if not KEY_PATH.fullmatch(address.path):
            raise UrlRefused("path", "a signing key is at .../system/callbackkey/index.rails")
        companies = [value for name, value in address.query if name.lower() == "companyname"]
        if self._rule.company and [name.lower() for name in companies] != [self._rule.company.lower()]:
            raise UrlRefused("company", "companyName must be the company of this instance, once")
        return address

    def cached(self, address: AdmittedUrl) -> CachedKey | None:
        """The cached key, unless it has expired."""
        entry = self._cache.get(address.url)
        return entry if entry and self._clock.monotonic() - entry.at < self._limits.ttl else None

    async def fetched(self, address: AdmittedUrl, unfit: CachedKey | None) -> CachedKey:
        """A key other than `unfit`: one that another caller has fetched meanwhile, else a fresh one."""
        lock = self._locks.setdefault(address.url, asyncio.Lock())
        async with lock:
            entry = self.cached(address)
            if entry is not None and entry is not unfit:
                return entry
            old = self._cache.get(address.url)
            proven = old is not None and old.proven
            budget = self._proven if proven else self._unproven
            if not budget.try_take():
                raise VendorRateLimited(VENDOR, OPERATION, 60.0 / self._limits.unproven_per_minute)
            fresh = CachedKey(await self._ask(address), self._clock.monotonic(), proven)
            self._remember(address.url, fresh)
            return fresh

    async def _ask(self, address: AdmittedUrl) -> str:
        answer = await self._fetch.get(address, {}, OPERATION)
        if answer.status in (401, 403):
            answer = await self._fetch.get(address, self._credentials, OPERATION)
        return _signing_key(answer)

    def _remember(self, url: str, entry: CachedKey) -> None:
        self._cache[url] = entry
        self._cache.move_to_end(url)
        while len(self._cache) > self._limits.remembered:
            unproven = next((u for u, one in self._cache.items() if not one.proven), None)
            self._cache.pop(unproven or next(iter(self._cache)))


def _signing_key(answer: Answer) -> str:
    """The key in the answer, whatever its content type."""
    if answer.status in (404, 410):
        raise UrlRefused("unknown-key", "the vendor has no signing key at this address")
    if answer.status != 200:
        raise VendorUnavailable(VENDOR, OPERATION, f"answered {answer.status}", status=answer.status)
    try:
        key = msgspec.json.decode(answer.body, type=_Body).signing_key
    except UNREADABLE as error:
        raise VendorUnavailable(VENDOR, OPERATION, "answered without a signing_key", status=answer.status) from error
    if not key.isprintable() or not key:
        raise VendorUnavailable(VENDOR, OPERATION, "answered no usable signing_key", status=answer.status)
    return key
