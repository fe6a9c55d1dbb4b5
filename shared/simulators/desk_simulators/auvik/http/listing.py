"""Paged lists by cursor, forwards and backwards, with complete links to the neighbouring pages."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from desk_simulators.auvik.errors import bad_value
from desk_simulators.auvik.faults import MEDIA_TYPE
from desk_simulators.auvik.state import AuvikState
from desk_simulators.kit.http import call as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

Call = kit.Call[AuvikState, str]
Handler = kit.Handler[AuvikState, str]
Routes = dict[tuple[str, str], Handler]
DEFAULT_PAGE = 100
MARK = "cursor:"
LONG = 9


def document(body: Record) -> Reply:
    return Reply(200, body, media_type=MEDIA_TYPE)


def paged(call: Call, rows: Sequence[Record], shape: Callable[[Record], Record], overlap: int = 0) -> Record:
    """`data`, `links` and `meta` of one page; `rows` ascend by number and hold their record.

    `overlap` rows of the page before are repeated, as happens when a list moves under its reader.
    """
    back = "page[last]" in call.query or "page[before]" in call.query
    size = _size(call, "page[last]" if back else "page[first]")
    start, end = _window(call, rows, size, back)
    repeated = overlap if start else 0
    page = rows[max(0, start - repeated) : end]
    return {
        "data": [shape(row["record"]) for row in page],
        "links": _links(call, rows, start, end, size),
        "meta": {"totalPages": max(1, -(-len(rows) // size))},
    }


def _window(call: Call, rows: Sequence[Record], size: int, back: bool) -> tuple[int, int]:
    numbers = [row["id"] for row in rows]
    if back:
        before = _cursor(call, "page[before]")
        end = len(rows) if before is None else sum(number < before for number in numbers)
        return max(0, end - size), end
    after = _cursor(call, "page[after]")
    start = 0 if after is None else sum(number <= after for number in numbers)
    return start, min(len(rows), start + size)


def _links(call: Call, rows: Sequence[Record], start: int, end: int, size: int) -> dict[str, str | None]:
    last = str(size)
    ahead = {"page[first]": last, "page[after]": cursor(rows[end - 1]["id"])} if 0 < end < len(rows) else None
    behind = {"page[last]": last, "page[before]": cursor(rows[start]["id"])} if 0 < start < len(rows) else None
    return {
        "first": _address(call, {"page[first]": last}),
        "prev": None if behind is None else _address(call, behind),
        "next": None if ahead is None else _address(call, ahead),
        "last": _address(call, {"page[last]": last}),
    }


def _address(call: Call, page: Mapping[str, str]) -> str:
    """The address under which the caller reached us, with every parameter of its query."""
    kept = {name: value for name, value in call.query.items() if not name.startswith("page[")}
    query = "&".join(f"{quote(name, safe='[]')}={quote(value, safe=',')}" for name, value in {**kept, **page}.items())
    return f"{call.url}?{query}"


def _size(call: Call, name: str) -> int:
    text = call.query.get(name, "")
    if not text:
        return DEFAULT_PAGE
    if not text.isdigit() or len(text) > LONG or int(text) == 0:
        raise bad_value(name, "must be a whole number from 1")
    return int(text)


def cursor(number: int) -> str:
    return urlsafe_b64encode(f"{MARK}{number}".encode()).decode().rstrip("=")


def _cursor(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if text is None:
        return None
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        return int(plain.removeprefix(MARK))
    except (binascii.Error, ValueError) as error:
        raise bad_value(name, "is no cursor of this list") from error


def origin(call: Call) -> str:
    """Scheme, host and port under which the account was reached."""
    return "/".join(call.url.split("/")[:3])


def flag(call: Call, name: str) -> bool | None:
    """A parameter `true` or `false`, in any case; None when it is absent. Raises the API's 400."""
    text = call.query.get(name, "").lower()
    if text not in ("", "true", "false"):
        raise bad_value(name, "must be true or false")
    return None if not text else text == "true"
