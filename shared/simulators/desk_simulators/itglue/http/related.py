"""Related items: made, changed and removed below their source, and included with either of the two."""

from collections.abc import Sequence

from desk_simulators.itglue.editor import RELATABLE, Editor
from desk_simulators.itglue.errors import invalid, missing
from desk_simulators.itglue.http.listing import Call, Routes, answer, attributes, included, one, resource
from desk_simulators.itglue.state import ItGlueState
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

PATHS = {"documents": "Document", "configurations": "Configuration", "flexible_assets": "FlexibleAsset"}


def routes() -> Routes:
    found: Routes = {}
    for path in PATHS:
        found[("POST", f"{path}/{{}}/relationships/related_items")] = _create
        found[("PATCH", f"{path}/{{}}/relationships/related_items/{{}}")] = _change
        found[("DELETE", f"{path}/{{}}/relationships/related_items")] = _remove
    return found


def related(state: ItGlueState, kind: str, records: Sequence[Record]) -> list[Record]:
    """The related items of some records of a type, each with the item at the other end."""
    wanted, found = {int(record["id"]) for record in records}, []
    for relation in state.records("relation"):
        ends = [(relation["attributes"][f"{end}-type"], relation["attributes"][f"{end}-id"]) for end in ENDS]
        for own, other in (ends, ends[::-1]):
            if own[0] == kind and own[1] in wanted:
                found.append(_seen_from(state, relation, other))
    return found


def with_related(call: Call, kind: str, record: Record) -> Reply:
    """A resource, with its related items if the caller asks for them."""
    body: Record = {"data": resource(record)}
    if "related_items" in included(call):
        body["included"] = related(call.state, kind, [record])
    return answer(body)


ENDS = ("source", "destination")


def _seen_from(state: ItGlueState, relation: Record, other: tuple[str, int]) -> Record:
    kind, key = other
    item = state.row(RELATABLE[kind], str(key))["record"]["attributes"]
    attributes = {
        "resource-type": kind,
        "resource-id": key,
        "name": item["name"],
        "resource-url": item["resource-url"],
        "notes": relation["attributes"]["notes"],
        "created-at": relation["attributes"]["created-at"],
        "updated-at": relation["attributes"]["updated-at"],
    }
    return {"id": relation["id"], "type": "related-items", "attributes": attributes}


def _create(call: Call) -> Reply:
    kind = PATHS[call.path.split("/")[0]]
    record = one(call, RELATABLE[kind])
    given = call.body.get("data") if isinstance(call.body, dict) else None
    made = [_relation(call, kind, record["id"], data) for data in (given if isinstance(given, list) else [given])]
    data = [resource(row) for row in made]
    return answer({"data": data if isinstance(given, list) else data[0]}, 201)


def _relation(call: Call, kind: str, source: str, data: object) -> Record:
    values = attributes(call, data)
    destination, number = values.get("destination-type"), values.get("destination-id")
    if destination not in RELATABLE:
        raise invalid("destination_type", "Destination type is not included in the list")
    if call.state.find(RELATABLE[destination], str(number)) is None:
        raise invalid("destination_id", "Destination must exist")
    return Editor(call.state).relate(kind, source, destination, str(number), str(values.get("notes") or ""))


def _change(call: Call) -> Reply:
    record = one(call, "relation", 1)
    changed = call.state.change("relation", record, notes=attributes(call).get("notes"))
    return answer({"data": resource(changed)})


def _remove(call: Call) -> Reply:
    given = call.body.get("data") if isinstance(call.body, dict) else None
    keys = [str(attributes(call, data).get("id")) for data in (given if isinstance(given, list) else [given])]
    found = [call.state.find("relation", key) for key in keys]
    if any(record is None for record in found):
        raise missing("Related item")
    removed = [call.state.remove("relation", key) for key in keys]
    return answer({"data": [resource(record) for record in removed]})
