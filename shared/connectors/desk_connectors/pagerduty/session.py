"""Signed-in reads of the REST API, its lists, and the meaning of each status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

import msgspec

from desk_connectors.http.call import Answer, Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import RecordGone, VendorAnswerInvalid, VendorRefused
from desk_connectors.pagerduty.records import VENDOR
from desk_connectors.pagerduty.settings import PagerDutySettings
from desk_connectors.reading import Rows, decoded, read_rows

ACCEPT = "application/vnd.pagerduty+json;version=2"
MOST_ROWS = 10_000
"""The vendor refuses a page beyond this row."""
MOST_PAGES = 100
R = TypeVar("R", bound=msgspec.Struct)


class Session:
    """Reads with an API key. `api_key` gives the key as it is now."""

    def __init__(self, settings: PagerDutySettings, http: VendorHttp, api_key: Callable[[], str]) -> None:
        self._settings, self._http, self._api_key = settings, http, api_key

    async def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> dict[str, object]:
        """The document at a path. Raises `RecordGone` for 404, `VendorRefused` for every other refusal."""
        operation = f"GET {path}"
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params)
        url = f"{self._settings.address}{path}{'?' if query else ''}{query}"
        headers = {"authorization": f"Token token={self._api_key()}", "accept": ACCEPT}
        answer = await self._http.send(Call(method="GET", url=url, operation=operation, reads=True, headers=headers))
        return _document(operation, answer)

    async def rows(self, kind: type[R], path: str, name: str, params: Sequence[tuple[str, str]] = ()) -> Rows[R]:
        """Every row of the list `name` at a path, each id once, in the vendor's order."""
        size = self._settings.page_size
        found: list[object] = []
        for _ in range(MOST_PAGES):
            page = [("limit", str(size)), ("offset", str(len(found)))]
            document = await self.get(path, [*params, *page])
            rows = document.get(name)
            if not isinstance(rows, list):
                raise VendorAnswerInvalid(VENDOR, f"GET {path}", name, "not a list")
            found += rows
            more = document.get("more") is True
            if not more or not rows or len(found) + size > MOST_ROWS:
                return read_rows(VENDOR, kind, found)._replace(cut=more)
        return read_rows(VENDOR, kind, found)._replace(cut=True)


def _document(operation: str, answer: Answer) -> dict[str, object]:
    if answer.status == 404:
        raise RecordGone(VENDOR, operation, "not there", status=404)
    if answer.status >= 300:
        raise VendorRefused(VENDOR, operation, status=answer.status)
    plain = decoded(VENDOR, operation, answer.body)
    if not isinstance(plain, dict):
        raise VendorAnswerInvalid(VENDOR, operation, "body", "not an object")
    if "error" in plain:
        raise VendorRefused(VENDOR, operation, status=answer.status, code="error body")
    return plain
