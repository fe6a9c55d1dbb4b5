"""Lists of the REST API: classic paging by offset, 25 rows unless asked, at most 100."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request

from desk_simulators.kit.http import call as kit
from desk_simulators.kit.http.call import Handler, Reply
from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.errors import invalid_input
from desk_simulators.pagerduty.state import PagerState

Call = kit.Call[PagerState, str]
Routes = dict[tuple[str, str], Handler[PagerState, str]]
DEFAULT, MOST, DEEPEST = 25, 100, 10_000


def page(call: Call, name: str, rows: Sequence[Record], overlap: int = 0) -> Reply:
    """`{name: [...], limit, offset, more, total}`; `total` is null unless asked for. `overlap` repeats earlier rows."""
    limit = min(_number(call, "limit", DEFAULT, 1), MOST)
    offset = _number(call, "offset", 0, 0)
    if offset + limit > DEEPEST:
        raise invalid_input("Offset plus limit must not exceed 10000")
    start = max(0, offset - overlap) if offset else 0
    total = len(rows) if call.query.get("total") == "true" else None
    more = offset + limit < len(rows)
    body = {name: list(rows[start : offset + limit]), "limit": limit, "offset": offset, "more": more, "total": total}
    return Reply(200, body)


def values(call: Call, name: str) -> list[str]:
    """Every value of a parameter that may be given several times, such as `statuses[]`."""
    return [value for value in call.query.get(name, "").split(",") if value]


def merged(request: Request) -> Request:
    """The request with the values of every repeated parameter `name[]` in one, separated by commas."""
    lists: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        repeated = name.endswith("[]") and name in lists
        lists[name] = f"{lists[name]},{value}" if repeated else value
    return Request({**request.scope, "query_string": urlencode(lists).encode()}, request.receive)


def _number(call: Call, name: str, preset: int, least: int) -> int:
    text = call.query.get(name, "")
    if not text:
        return preset
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise invalid_input(f"{name.capitalize()} must be a whole number from {least}")
    return int(text)
