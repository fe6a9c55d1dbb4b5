"""Devices and their details."""

from collections.abc import Callable

from desk_simulators.auvik.errors import missing
from desk_simulators.auvik.http.listing import Call, Routes, document, origin, paged
from desk_simulators.auvik.state import tenant_of
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

INFO, DETAIL = "v1/inventory/device/info", "v1/inventory/device/detail"
EQUAL = {
    "filter[deviceType]": "deviceType",
    "filter[makeModel]": "makeModel",
    "filter[vendorName]": "vendorName",
    "filter[onlineStatus]": "onlineStatus",
}


class Devices:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> Routes:
        return {
            ("GET", INFO): self._list,
            ("GET", f"{INFO}/{{name}}"): _one,
            ("GET", DETAIL): self._details,
            ("GET", f"{DETAIL}/{{name}}"): lambda call: document({"data": _record(call, "detail")}),
        }

    def _list(self, call: Call) -> Reply:
        admits = _filter(call)
        rows = [row for row in call.state.rows("device") if admits(row["record"])]
        page = paged(call, rows, lambda record: linked(call, record), self._faults.page_overlap)
        if call.query.get("include") == "deviceDetail":
            included = [_detail(call, record["id"]) for record in page["data"]]
            page = {"data": page["data"], "included": included, "links": page["links"], "meta": page["meta"]}
        return document(page)

    def _details(self, call: Call) -> Reply:
        rows = [row for row in call.state.rows("detail") if in_tenants(call, row["record"])]
        return document(paged(call, rows, lambda record: record, self._faults.page_overlap))


def linked(call: Call, record: Record) -> Record:
    """The device with its links: in the console, and at the caller's own address."""
    prefix = record["relationships"]["tenant"]["data"]["attributes"]["domainPrefix"]
    links = {
        "dashboard": f"https://{prefix}.my.auvik.com/#entity/device/{record['id']}",
        "self": f"{origin(call)}/{INFO}/{record['id']}",
    }
    return {**record, "links": links}


def in_tenants(call: Call, record: Record) -> bool:
    """Whether the record is of one of the tenants asked for; of any when none is named."""
    tenants = call.query.get("tenants", "")
    return not tenants or tenant_of(record) in tenants.split(",")


def _one(call: Call) -> Reply:
    body: Record = {"data": linked(call, _record(call, "device"))}
    if call.query.get("include") == "deviceDetail":
        body["included"] = [_detail(call, call.names[0])]
    return document(body)


def _filter(call: Call) -> Callable[[Record], bool]:
    query = call.query
    equal = {field: query[name].strip('"') for name, field in EQUAL.items() if query.get(name)}
    modified, unseen = query.get("filter[modifiedAfter]", ""), query.get("filter[notSeenSince]")

    def admits(record: Record) -> bool:
        attributes = record["attributes"]
        return (
            in_tenants(call, record)
            and all(attributes[field] == value for field, value in equal.items())
            and attributes["lastModified"] > modified
            and (not unseen or attributes["lastSeenTime"] < unseen)
        )

    return admits


def _record(call: Call, table: str) -> Record:
    row = call.state.table(table).first("record/id", call.names[0])
    if row is None or row["removed"]:
        raise missing("device")
    found: Record = row["record"]
    return found


def _detail(call: Call, device: str) -> Record:
    """The detail, limited by `fields[deviceDetail]` to the parts that it names."""
    record: Record = call.state.row("detail", device)["record"]
    wanted = call.query.get("fields[deviceDetail]", "")
    if not wanted:
        return record
    names = {*wanted.split(","), "tenant"}
    return {
        **record,
        **{
            part: {name: value for name, value in record[part].items() if name in names}
            for part in ("attributes", "relationships")
        },
    }
