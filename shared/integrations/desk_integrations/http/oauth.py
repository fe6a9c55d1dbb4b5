"""OAuth access tokens: one request at a time whatever the number of callers, renewed before they expire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from desk_connectors.http import Clock, VendorError

LONGEST_EARLY, EARLY_SHARE = 60.0, 0.1
"""A token is renewed in the last tenth of its life, at most in its last minute."""
PAUSE = 5.0
"""Seconds between two tries to renew a token that is still good."""


class GrantedToken(Protocol):
    """`expires_in` counts seconds from the answer on."""

    @property
    def access(self) -> str: ...

    @property
    def expires_in(self) -> float: ...


class TokenSource:
    """Keeps the token of one instance. `request` asks the vendor for a new one with the credentials as they are now.

    Callers that wait for the same request share its result, a failure too. A request goes on when its callers give up.
    """

    def __init__(self, request: Callable[[], Awaitable[GrantedToken]], clock: Clock) -> None:
        self._request, self._clock = request, clock
        self._access = ""
        self._renew_at = self._expires_at = float("-inf")
        self._flight: asyncio.Task[str] | None = None

    async def current(self) -> str:
        """A token that has not expired. Raises the errors of `request` when there is none."""
        now = self._clock.monotonic()
        if now < self._renew_at:
            return self._access
        try:
            return await self._fetch()
        except VendorError:
            if self._clock.monotonic() >= self._expires_at:
                raise
            self._renew_at = self._clock.monotonic() + PAUSE
            return self._access

    async def renewed(self, refused: str) -> str:
        """A token that is not `refused`. Callers who met the same 401 share one request."""
        if self._access and self._access != refused:
            return self._access
        self._renew_at = self._expires_at = float("-inf")
        return await self._fetch()

    async def aclose(self) -> None:
        """Give up a request that is under way."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    async def _fetch(self) -> str:
        if self._flight is None:
            self._flight = asyncio.create_task(self._asked())
            self._flight.add_done_callback(self._landed)
        return await asyncio.shield(self._flight)

    async def _asked(self) -> str:
        token = await self._request()
        now = self._clock.monotonic()
        self._access = token.access
        self._expires_at = now + token.expires_in
        self._renew_at = self._expires_at - min(LONGEST_EARLY, token.expires_in * EARLY_SHARE)
        return token.access

    def _landed(self, flight: asyncio.Task[str]) -> None:
        self._flight = None
        if not flight.cancelled():
            flight.exception()  # callers that gave up leave nobody to read it
