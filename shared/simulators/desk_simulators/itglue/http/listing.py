"""Documents of the JSON:API, lists by page number with absolute links, filters that are ignored when unknown."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, urlencode

from desk_simulators.itglue.errors import absent_parameter, bad_parameter, missing
from desk_simulators.itglue.faults import MEDIA_TYPE
from desk_simulators.itglue.state import ItGlueState
from desk_simulators.kit.http import call as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

Call = kit.Call[ItGlueState, str]
Handler = kit.Handler[ItGlueState, str]
Routes = dict[tuple[str, str], Handler]
DEFAULT_PAGE, LARGEST_PAGE, LONG = 50, 1000, 9
SORTS = ("name", "id", "created_at", "updated_at", "sort", "order")
Include = Callable[[Sequence[Record]], list[Record]]


def answer(body: Record, status: int = 200) -> Reply:
    return Reply(status, body, media_type=MEDIA_TYPE)


def resource(record: Record) -> Record:
    """The record as it is answered."""
    return {**{name: value for name, value in record.items() if not name.startswith("_")}, "relationships": {}}


def one(call: Call, table: str, place: int = 0) -> Record:
    """The record that the path names. Raises the API's 404."""
    found = call.state.find(table, str(call.ids[place]))
    if found is None:
        raise missing(table.replace("_", " ").title())
    return found


def filters(call: Call) -> dict[str, str]:
    """Filter -> value; kebab-case names count as snake_case ones."""
    return {
        name.removeprefix("filter").replace("-", "_"): value
        for name, value in call.query.items()
        if name.startswith("filter[")
    }


def admitted(call: Call, records: Sequence[Record], fields: Mapping[str, str]) -> list[Record]:
    """The records that pass the filters. `fields` maps filters to attributes, `id` to the id; others have no effect."""
    wanted = [(fields[name], value) for name, value in filters(call).items() if name in fields and value != ""]
    return [record for record in records if all(_text(record, field) in value.split(",") for field, value in wanted)]


def of_organization(call: Call, records: Sequence[Record]) -> list[Record]:
    """The records of the organisation in the path; those of all while the fault `filter-ignored` strikes."""
    organization = int(one(call, "organization")["id"])
    if "filter-ignored" in call.struck:
        return list(records)
    return [record for record in records if record["attributes"]["organization-id"] == organization]


def paged(call: Call, records: Sequence[Record], overlap: int = 0, include: Include | None = None) -> Reply:
    """One page. `overlap` rows of the page before are repeated, as happens when a list moves under its reader."""
    rows, size, page = _sorted(call, records), _size(call), _number(call, "page[number]", 1)
    start, pages = (page - 1) * size, max(1, -(-len(rows) // size))
    kept = rows[max(0, start - overlap) : start + size] if start < len(rows) else []
    after, before = page + 1 if page < pages else None, page - 1 if page > 1 else None
    body: Record = {
        "data": [resource(row) for row in kept],
        "meta": {
            "current-page": page,
            "next-page": after,
            "prev-page": before,
            "total-pages": pages,
            "total-count": len(rows),
            "filters": {},
        },
        "links": {
            name: None if number is None else _address(call, number, size)
            for name, number in (("self", page), ("first", 1), ("prev", before), ("next", after), ("last", pages))
        },
    }
    if include is not None:
        body["included"] = [resource(row) for row in include(kept)]
    return answer(body)


def attributes(call: Call, data: object = None) -> Record:
    """The attributes of the body, or of one of its resources, in kebab-case. Raises the API's 400."""
    given = data if data is not None else call.body.get("data") if isinstance(call.body, dict) else None
    values = given.get("attributes") if isinstance(given, dict) else None
    if not isinstance(values, dict):
        raise absent_parameter("data")
    return {name.replace("_", "-"): value for name, value in values.items()}


def included(call: Call) -> list[str]:
    return [name.replace("-", "_") for name in call.query.get("include", "").split(",") if name]


def _text(record: Record, field: str) -> str:
    value = (
        record["id"] if field == "id" else record[field] if field.startswith("_") else record["attributes"].get(field)
    )
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _sorted(call: Call, records: Sequence[Record]) -> list[Record]:
    rows = list(records)
    for name in reversed(call.query.get("sort", "").replace("-", "_").split(",")):
        field = name.lstrip("_")
        if field in SORTS:
            rows.sort(key=lambda row: _key(row, field), reverse=name.startswith("_"))
    return rows


def _key(row: Record, field: str) -> tuple[float, str]:
    value = int(row["id"]) if field == "id" else row["attributes"].get(field.replace("_", "-"))
    return (float(value), "") if isinstance(value, int) else (0.0, str(value or "").casefold())


def _size(call: Call) -> int:
    size = _number(call, "page[size]", DEFAULT_PAGE)
    if size > LARGEST_PAGE:
        raise bad_parameter("page[size]", f"must be at most {LARGEST_PAGE}")
    return size


def _number(call: Call, name: str, preset: int) -> int:
    text = call.query.get(name, "")
    if not text:
        return preset
    if not text.isdigit() or len(text) > LONG or int(text) == 0:
        raise bad_parameter(name, "must be a number from 1")
    return int(text)


def _address(call: Call, number: int, size: int) -> str:
    """The address under which the caller reached us, with every parameter of its query."""
    kept = {name: value for name, value in call.query.items() if not name.startswith("page[")}
    query = {**kept, "page[number]": str(number), "page[size]": str(size)}
    return f"{call.url}?{urlencode(query, quote_via=quote)}"
