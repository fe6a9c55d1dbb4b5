"""The client of one status page."""

from __future__ import annotations

import msgspec

from desk_connectors.http.call import Answer, Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import RecordGone, VendorRefused
from desk_connectors.reading import Rows, decoded, read_record
from desk_connectors.statuspage.records import (
    VENDOR,
    Incident,
    Page,
    Record,
    Status,
    Summary,
    read_history,
    read_summary,
)
from desk_connectors.statuspage.settings import StatuspageSettings


class _Frame(Record, frozen=True, kw_only=True):
    page: Page
    status: Status


class _Kept(msgspec.Struct, frozen=True):
    """The last whole document of a path, which the page confirms with 304."""

    etag: str
    plain: object


class Statuspage:
    """Reads one page. Errors are those of `desk_connectors.http`; `http` is closed by its owner."""

    def __init__(self, settings: StatuspageSettings, http: VendorHttp) -> None:
        self.settings = settings
        self._http = http
        self._kept: dict[str, _Kept] = {}

    async def summary(self) -> Summary:
        """Components, open incidents and maintenances, in one document."""
        return read_summary(await self._get("/api/v2/summary.json"))

    async def history(self) -> Rows[Incident]:
        """The 50 newest incidents, resolved ones included. It is not the whole history of the page."""
        return read_history(await self._get("/api/v2/incidents.json"))

    async def check(self) -> str:
        """The indicator of the page: a harmless read."""
        return read_record(VENDOR, _Frame, await self._get("/api/v2/status.json")).status.indicator

    async def _get(self, path: str) -> object:
        operation, kept = f"GET {path}", self._kept.get(path)
        headers = {"accept": "application/json"} | ({"if-none-match": kept.etag} if kept else {})
        call = Call(
            method="GET", url=f"{self.settings.address}{path}", operation=operation, reads=True, headers=headers
        )
        answer = await self._http.send(call)
        if answer.status == 304 and kept is not None:
            return kept.plain
        plain = _plain(operation, answer)
        if etag := answer.headers.get("etag"):
            self._kept[path] = _Kept(etag, plain)
        return plain


def _plain(operation: str, answer: Answer) -> object:
    """The JSON of an answer. A page that moved redirects, which is a failure and no answer of it."""
    if answer.status == 404:
        raise RecordGone(VENDOR, operation, "not there", status=404)
    if answer.status >= 300:
        raise VendorRefused(VENDOR, operation, status=answer.status)
    plain = decoded(VENDOR, operation, answer.body)
    if isinstance(plain, dict) and "error" in plain and "page" not in plain:
        raise VendorRefused(VENDOR, operation, status=answer.status, code="error body")
    return plain
