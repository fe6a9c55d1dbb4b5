"""Keyset paging: a page continues after the last row of the previous one, whatever was added meanwhile."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import Depends, Query
from starlette.requests import Request

from desk.contract.bounds import Filter
from desk.eventstore.connections.unreadable_rows import Unread, readable
from desk.http.app.responses import JsonResponse, json_response
from desk.http.problems.problem import invalid_field
from desk.http.reads.page import Page
from desk.telemetry import Metrics

if TYPE_CHECKING:
    from desk.http.app.http_context import HttpContext

T = TypeVar("T")
Key = tuple[str | int | float | datetime, ...]
SIGNATURE = 12
USUAL, MOST = 50, 500
UNREADABLE = "Desk-Unreadable"
"""Header of a page: the number of its rows that cannot be read; the body names them."""
_NOT_FILTERS = ("cursor", "limit")


def as_it_is(row: object) -> object:
    """The row itself, as its own item."""
    return row


def _nameless(_row: object) -> str:
    return "?"


class Cursors:
    """Opaque, signed cursors, each bound to its list and filters. All replicas of a service share `key`."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("a cursor key has at least 16 bytes")
        self._key = key

    def write(self, listing: str, last: Key) -> str:
        """The cursor of the page after the row with this sort key (last element: the row's unique id)."""
        packed = msgspec.msgpack.encode(last)
        return base64.urlsafe_b64encode(self._sign(listing, packed) + packed).rstrip(b"=").decode()

    def read(self, listing: str, cursor: str) -> Key:
        """The sort key in a cursor. Problem `invalid_field` when it was not made for this list and these filters."""
        try:
            raw = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raw = b""
        signature, packed = raw[:SIGNATURE], raw[SIGNATURE:]
        if not packed or not hmac.compare_digest(signature, self._sign(listing, packed)):
            detail = "the cursor does not belong to this list and these filters"
            raise invalid_field("cursor", detail, "Start again without cursor.", "query")
        return tuple(msgspec.msgpack.decode(packed))

    def _sign(self, listing: str, packed: bytes) -> bytes:
        return hmac.digest(self._key, listing.encode() + b"\0" + packed, hashlib.sha256)[:SIGNATURE]


class PageRequest(NamedTuple):
    """A requested page: at most `limit` rows after the row with sort key `after` (None: from the start)."""

    limit: int
    after: Key | None
    listing: str
    address: str
    filters: tuple[tuple[str, str], ...]
    cursors: Cursors
    metrics: Metrics | None = None

    def answer(
        self,
        rows: Sequence[T],
        key: Callable[[T], Key],
        item: Callable[[T], object] = as_it_is,
        name: Callable[[T], str] = _nameless,
    ) -> JsonResponse:
        """`page` as a response, with the number of unreadable rows in a header if there are any."""
        page = self.page(rows, key, item, name)
        if not page.unreadable:
            return json_response(page)
        if self.metrics is not None:
            self.metrics.unreadable.labels(self.address.rpartition("/")[2]).inc(len(page.unreadable))
        return json_response(page, headers={UNREADABLE: str(len(page.unreadable))})

    def page(
        self,
        rows: Sequence[T],
        key: Callable[[T], Key],
        item: Callable[[T], object] = as_it_is,
        name: Callable[[T], str] = _nameless,
    ) -> Page[object]:
        """The page from up to `limit` + 1 rows in order; an extra row means that there is a next page.

        `item` converts a row for the response; a row for which it fails is left out and listed by its `name`. The next
        page continues after the last row of this one, readable or not.
        """
        kept = rows[: self.limit]
        items, left_out = readable(kept, item, name)
        unreadable = left_out or msgspec.UNSET
        if len(rows) <= self.limit:
            return Page(items, None, unreadable)
        last = tuple(str(part) if isinstance(part, Unread) else part for part in key(kept[-1]))
        cursor = self.cursors.write(self.listing, last)
        query = urlencode([*self.filters, ("limit", str(self.limit)), ("cursor", cursor)])
        return Page(items, f"{self.address}?{query}", unreadable)


def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Rows per page")] = USUAL,
    cursor: Annotated[str | None, Query(max_length=1000, description="From `next` of the previous page")] = None,
) -> PageRequest:
    """The dependency of a list, as in `Paged`."""
    http_context: HttpContext = request.app.state.http_context
    filters = tuple(sorted(item for item in request.query_params.multi_items() if item[0] not in _NOT_FILTERS))
    listing = f"{request.url.path}?{urlencode(filters)}"
    after = http_context.cursors.read(listing, cursor) if cursor else None
    return PageRequest(limit, after, listing, request.url.path, filters, http_context.cursors, http_context.metrics)


Paged = Annotated[PageRequest, Depends(paging)]
"""The parameter of a list's route: the requested page."""
Wanted = Annotated[Filter | None, Query()]
"""The parameter of a list's route: the value that rows must have, None for any."""
