"""Signed-in reads of one account, and the meaning of each status."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from desk_connectors.auvik.records import VENDOR
from desk_connectors.auvik.settings import CLOUD_HOSTS, AuvikSettings
from desk_connectors.http.call import Answer, Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import RecordGone, VendorAnswerInvalid, VendorRefused
from desk_connectors.json_api import MEDIA_TYPE, address_of, path_of
from desk_connectors.reading import decoded

MOST_AT_ONCE = 2
"""The vendor limits calls without a published figure; its clients keep to two at once."""
MOVED = 308


class Credentials(NamedTuple):
    """E-mail address of an Auvik user, and the API key that belongs to it."""

    username: str
    api_key: str

    @property
    def header(self) -> str:
        return f"Basic {b64encode(f'{self.username}:{self.api_key}'.encode()).decode()}"


class Session:
    """Reads with HTTP Basic. `credentials` gives the user and key as they are now."""

    def __init__(self, settings: AuvikSettings, http: VendorHttp, credentials: Callable[[], Credentials]) -> None:
        self.settings = settings
        self._http = http
        self._credentials = credentials
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def verify(self) -> None:
        """Raises `VendorRefused` with status 401 for credentials that the vendor does not accept."""
        operation = "GET /v1/authentication/verify"
        answer = await self._send(f"{self.settings.address}/v1/authentication/verify", operation)
        if answer.status >= 300:
            raise _refusal(operation, answer)

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, object]:
        """The document at a path."""
        return await self._document(address_of(self.settings.address, path, params), f"GET {path}")

    async def follow(self, link: str) -> dict[str, object]:
        """The next page, by the vendor's own link. A link to another origin is refused: it would get the key."""
        path = path_of(VENDOR, self.settings.address, link, "/v1/")
        return await self._document(link, f"GET {path}")

    async def _document(self, url: str, operation: str) -> dict[str, object]:
        answer = await self._send(url, operation)
        if answer.status == 404:
            raise RecordGone(VENDOR, operation, "not there", status=404)
        if answer.status >= 300:
            raise _refusal(operation, answer)
        plain = decoded(VENDOR, operation, answer.body)
        if isinstance(plain, dict) and "errors" in plain:
            raise VendorRefused(VENDOR, operation, status=answer.status, code="error body")
        if not isinstance(plain, dict) or "data" not in plain:
            raise VendorAnswerInvalid(VENDOR, operation, "data", "missing")
        return plain

    async def _send(self, url: str, operation: str) -> Answer:
        headers = {"authorization": self._credentials().header, "accept": MEDIA_TYPE}
        async with self._slots:
            call = Call(method="GET", url=url, operation=operation, reads=True, headers=headers)
            return await self._http.send(call)


def _refusal(operation: str, answer: Answer) -> VendorRefused:
    """The error for an answer from 300 on. An account that moved names its new region."""
    host = urlsplit(answer.headers.get("location", "")).netloc
    code = f"moved to {host}" if answer.status == MOVED and host in CLOUD_HOSTS else ""
    return VendorRefused(VENDOR, operation, status=answer.status, code=code)
