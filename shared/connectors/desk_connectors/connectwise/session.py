"""Authenticated calls to one instance: headers, base address with its codebase, and errors by status."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from desk_connectors.connectwise.records.reading import VENDOR, read
from desk_connectors.connectwise.records.setup import CompanyInfo
from desk_connectors.connectwise.refusals import misrouted, refusal
from desk_connectors.connectwise.settings import ConnectWiseSettings
from desk_connectors.http.call import Answer, Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import RecordGone, VendorAnswerInvalid, VendorRefused

CODEBASE = re.compile(r"[A-Za-z0-9_.]+/?")
FRESH = 30.0


def credentials(settings: ConnectWiseSettings) -> dict[str, str]:
    """The two credentials of every call: Basic of company and keys, and the integration's client id."""
    login = f"{settings.company_id}+{settings.public_key}:{settings.private_key}"
    return {"authorization": f"Basic {base64.b64encode(login.encode()).decode()}", "clientid": settings.client_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request below the base address. `path` has no query; `reads` is True if a repeat is harmless."""

    method: str = "GET"
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False)
    reads: bool = True
    longest_wait: float | None = None

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in self.params.items())
        return f"{self.path}?{query}" if query else self.path


class Session:
    """Sends requests under the credentials of `settings`; returns 2xx answers or raises."""

    def __init__(self, settings: ConnectWiseSettings, http: VendorHttp) -> None:
        self.settings = settings
        self.http = http
        accept = f"application/vnd.connectwise.com+json; version={settings.version}"
        self._headers = {**credentials(settings), "accept": accept, "content-type": "application/json"}
        self._codebase = settings.codebase
        self._looked_up = float("-inf")
        self._lookup = asyncio.Lock()

    async def send(self, ask: ApiRequest) -> Answer:
        """Send a request; returns a 2xx answer. Raises `RecordGone`, `VendorRefused` and errors of `VendorHttp.send`.

        A 404 and a refusal that is not JSON may mean that the system was upgraded: the codebase is looked up, and if it
        changed the call is repeated once. That is safe for writes too, since nothing serves the old address.
        """
        codebase = await self._current_codebase()
        answer = await self._once(ask, codebase)
        if misrouted(answer) and await self.refresh_codebase():
            answer = await self._once(ask, await self._current_codebase())
        if answer.status < 300:
            return answer
        if answer.status == 404:
            raise RecordGone(VENDOR, ask.operation, "not there", status=404)
        raise refusal(VENDOR, ask.operation, answer)

    async def refresh_codebase(self, fresh: float = FRESH) -> bool:
        """Look up the codebase unless that was done within `fresh` seconds; True if it changed."""
        if self.settings.codebase is not None:
            return False
        before = self._codebase
        async with self._lookup:
            if self._codebase == before and self.http.clock.monotonic() - self._looked_up >= fresh:
                self._codebase = await self._look_up()
                self._looked_up = self.http.clock.monotonic()
        return self._codebase != before

    async def _current_codebase(self) -> str:
        if self._codebase is None:
            await self.refresh_codebase(fresh=0.0)
        return self._codebase or ""

    async def _once(self, ask: ApiRequest, codebase: str) -> Answer:
        call = Call(
            method=ask.method,
            url=f"{self.settings.api}/{codebase.strip('/')}/apis/3.0{ask.target}",
            operation=ask.operation,
            reads=ask.reads,
            headers={**self._headers, **ask.headers},
            content=ask.content,
        )
        return await self.http.send(call, ask.longest_wait)

    async def _look_up(self) -> str:
        company = quote(self.settings.company_id, safe="")
        url = f"{self.settings.site}/login/companyinfo/{company}"
        call = Call(method="GET", url=url, operation="GET /login/companyinfo", reads=True)
        answer = await self.http.send(call)
        if answer.status >= 300:
            raise refusal(VENDOR, call.operation, answer)
        if answer.body.strip() == b"null":
            raise VendorRefused(VENDOR, call.operation, status=answer.status, code="company_id is unknown at this site")
        codebase = read(CompanyInfo, answer.body).codebase
        if not CODEBASE.fullmatch(codebase):
            raise VendorAnswerInvalid(VENDOR, "CompanyInfo", "Codebase", "not a path prefix")
        return codebase
