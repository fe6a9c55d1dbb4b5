"""Lists as async iterators. Only addresses built here are called: the vendor's `Link` provides only the cursor."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar
from urllib.parse import quote

import msgspec

from desk_connectors.connectwise.conditions import Condition
from desk_connectors.connectwise.records.reading import VENDOR, Number, Record, read, split
from desk_connectors.connectwise.session import ApiRequest, Session
from desk_connectors.http.call import Answer
from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.reading import UNREADABLE

R = TypeVar("R", bound=Record)
NEXT = re.compile(r'<(?P<target>[^<>]*)>\s*;\s*rel="?next"?')
CURSOR = re.compile(r"[?&]pageId=(?P<cursor>[0-9]+)")
SEARCHABLE = frozenset({"/service/tickets"})
LONGEST_CONDITIONS = 1600
PATIENCE = 65.0


class _Id(msgspec.Struct, frozen=True):
    id: Number | None = None


class Listing(Generic[R]):
    """`async for record in listing`. Each iteration makes the calls again.

    Forward-only iterations go by id and miss no record that existed at their start, whatever changes meanwhile;
    iterations by page (`forward=False`) are for short lists and lists without a cursor. `as_of` is the vendor's clock
    at the first answer of the latest iteration (None before); later changes may be missing. With `tolerant`,
    unreadable records are put into `refused` and the others are returned.
    """

    def __init__(
        self,
        session: Session,
        kind: type[R],
        path: str,
        *,
        conditions: Condition | None = None,
        params: Mapping[str, str | int] | None = None,
        forward: bool = True,
        tolerant: bool = False,
    ) -> None:
        self._session = session
        self._kind = kind
        self._ask = _asked(path, conditions, dict(params or {}))
        self._forward = forward
        self._tolerant = tolerant
        self.as_of: datetime | None = None
        self.refused: list[VendorAnswerInvalid] = []

    def __aiter__(self) -> AsyncIterator[R]:
        return self._records()

    async def all(self) -> list[R]:
        """Every record, in memory."""
        return [record async for record in self]

    async def _records(self) -> AsyncIterator[R]:
        self.as_of, self.refused = None, []
        async for raws in self._by_cursor() if self._forward else self._by_page():
            for raw in raws:
                try:
                    record = read(self._kind, raw)
                except VendorAnswerInvalid as invalid:
                    if not self._tolerant:
                        raise
                    self.refused.append(invalid)
                else:
                    yield record

    async def _by_cursor(self) -> AsyncIterator[list[msgspec.Raw]]:
        cursor: int | None = None
        while True:
            answer, raws = await self._page({} if cursor is None else {"pageId": cursor})
            yield raws
            after = self._next_cursor(answer, raws)
            if after is None:
                return
            if cursor is not None and after <= cursor:
                raise VendorAnswerInvalid(VENDOR, f"list of {self._kind.__name__}", "Link", "the cursor does not move")
            cursor = after

    async def _by_page(self) -> AsyncIterator[list[msgspec.Raw]]:
        page, before = 1, b""
        while True:
            answer, raws = await self._page({"page": page})
            if raws and answer.body == before:
                raise VendorAnswerInvalid(VENDOR, f"list of {self._kind.__name__}", "page", "the page does not move")
            yield raws
            linked = answer.headers.get("link")
            more = NEXT.search(linked) is not None if linked else len(raws) >= self._session.settings.page_size
            if not more:
                return
            page, before = page + 1, answer.body

    async def _page(self, where: dict[str, str | int]) -> tuple[Answer, list[msgspec.Raw]]:
        params = {**self._ask.params, "pageSize": self._session.settings.page_size, **where}
        headers = {"pagination-type": "forward-only"} if self._forward else {}
        answer = await self._session.send(replace(self._ask, params=params, headers=headers))
        self.as_of = self.as_of or self._vendor_time(answer)
        return answer, split(self._kind, answer.body)

    def _next_cursor(self, answer: Answer, raws: list[msgspec.Raw]) -> int | None:
        link = NEXT.search(answer.headers.get("link", ""))
        named = CURSOR.search(link["target"]) if link else None
        if named:
            return int(named["cursor"])
        full = len(raws) >= self._session.settings.page_size
        return _last_id(raws) if link or full else None

    def _vendor_time(self, answer: Answer) -> datetime:
        try:
            return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return self._session.http.clock.now()


def _last_id(raws: list[msgspec.Raw]) -> int | None:
    """The id of the last record that has one; records are in ascending order of id."""
    for raw in reversed(raws):
        try:
            found = msgspec.json.decode(raw, type=_Id).id
        except UNREADABLE:
            continue
        if found is not None:
            return found
    return None


def _asked(path: str, conditions: Condition | None, params: dict[str, str | int]) -> ApiRequest:
    """A GET, or the vendor's search by POST if the conditions would make the address too long."""
    text = str(conditions) if conditions else ""
    if len(quote(text, safe="")) <= LONGEST_CONDITIONS:
        return ApiRequest(path=path, params=params | ({"conditions": text} if text else {}), longest_wait=PATIENCE)
    if path not in SEARCHABLE:
        raise ValueError(f"{path}: conditions longer than {LONGEST_CONDITIONS} characters; split the question")
    content = msgspec.json.encode({"conditions": text})
    return ApiRequest(method="POST", path=f"{path}/search", params=params, content=content, longest_wait=PATIENCE)
