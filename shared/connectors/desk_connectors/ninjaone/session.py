"""Signed-in reads below the tenant's address, and the meaning of each status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from desk_connectors.http.call import Answer, Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import RecordGone
from desk_connectors.ninjaone.records.reading import VENDOR
from desk_connectors.ninjaone.refusals import error_in, refusal
from desk_connectors.ninjaone.settings import NinjaOneSettings
from desk_connectors.ninjaone.tokens import Tokens
from desk_connectors.reading import decoded


class Session:
    """Reads under a bearer token, which is renewed once when the vendor answers 401."""

    def __init__(self, settings: NinjaOneSettings, http: VendorHttp, tokens: Tokens) -> None:
        self.settings = settings
        self.http = http
        self._tokens = tokens

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The JSON of a 2xx answer without its nulls. Raises `RecordGone`, `VendorRefused`, `VendorAnswerInvalid`, and
        the errors of `VendorHttp.send`."""
        operation = f"GET {path}"
        answer = await self._answer(path, params or {}, operation)
        if answer.status == 404:
            raise RecordGone(VENDOR, operation, "not there", status=404)
        if answer.status >= 300:
            raise refusal(operation, answer)
        plain = decoded(VENDOR, operation, answer.body)
        if refused := error_in(operation, plain):
            raise refused
        return plain

    async def _answer(self, path: str, params: Mapping[str, str | int], operation: str) -> Answer:
        token = await self._tokens.current()
        answer = await self._once(path, params, operation, token)
        if answer.status == 401:
            token = await self._tokens.renewed(token)
            answer = await self._once(path, params, operation, token)
        return answer

    async def _once(self, path: str, params: Mapping[str, str | int], operation: str, token: str) -> Answer:
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in params.items())
        call = Call(
            method="GET",
            url=f"{self.settings.address}{path}{'?' if query else ''}{query}",
            operation=operation,
            reads=True,
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
        )
        return await self.http.send(call)
