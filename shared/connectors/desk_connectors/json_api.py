"""Lists of vendors that speak JSON:API: pages that are joined by the vendor's own links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from desk_connectors.http.errors import VendorAnswerInvalid

MEDIA_TYPE = "application/vnd.api+json"


class LinkedSession(Protocol):
    """Reads of one account that answer documents."""

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, object]: ...

    async def follow(self, link: str) -> dict[str, object]: ...


class Listed(NamedTuple):
    """The resources of every page, and those included with them. `cut`: the vendor has more pages than were read."""

    data: list[object]
    included: list[object]
    cut: bool


async def every_page(
    vendor: str,
    session: LinkedSession,
    path: str,
    params: Mapping[str, str],
    *,
    most_pages: int,
    is_last: Callable[[Mapping[str, object]], bool] = lambda document: False,
) -> Listed:
    """The resources of a list. `is_last` is True for a document after which no link is followed.

    Raises `VendorAnswerInvalid` for a link that repeats.
    """
    document = await session.get(path, params)
    data: list[object] = []
    included: list[object] = []
    followed = set[str]()
    while True:
        data += _resources(vendor, path, document, "data")
        included += _resources(vendor, path, document, "included")
        link = None if is_last(document) else _next(vendor, path, document)
        if link is None or len(followed) >= most_pages:
            return Listed(data, included, cut=link is not None)
        if link in followed:
            raise VendorAnswerInvalid(vendor, f"GET {path}", "links.next", "repeats a page")
        followed.add(link)
        document = await session.follow(link)


def address_of(account: str, path: str, params: Mapping[str, str] | None = None) -> str:
    """The URL of a call. `account` is scheme and host."""
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in (params or {}).items())
    return f"{account}{path}{'?' if query else ''}{query}"


def path_of(vendor: str, account: str, link: str, root: str = "/") -> str:
    """The path of a vendor's link. Raises `VendorAnswerInvalid` for a link to another origin: it would get the key."""
    parts = urlsplit(link)
    if f"{parts.scheme}://{parts.netloc}" != account or not parts.path.startswith(root):
        raise VendorAnswerInvalid(vendor, f"GET {parts.path}", "links.next", "leads to another origin")
    return parts.path


def _resources(vendor: str, path: str, document: Mapping[str, object], part: str) -> list[object]:
    rows = document.get(part, [])
    if not isinstance(rows, list):
        raise VendorAnswerInvalid(vendor, f"GET {path}", part, "not a list")
    return rows


def _next(vendor: str, path: str, document: Mapping[str, object]) -> str | None:
    """The address of the next page; None at the end."""
    links = document.get("links")
    link = links.get("next") if isinstance(links, dict) else None
    if link is not None and not isinstance(link, str):
        raise VendorAnswerInvalid(vendor, f"GET {path}", "links.next", "not a text")
    return link or None
