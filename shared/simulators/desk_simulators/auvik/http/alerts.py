"""The alert history, and the dismissal of an alert."""

from desk_simulators.auvik.errors import bad_value, missing
from desk_simulators.auvik.http.devices import in_tenants
from desk_simulators.auvik.http.listing import Call, Routes, document, flag, origin, paged
from desk_simulators.auvik.network import SEVERITIES, Network
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record

HISTORY = "v1/alert/history/info"
STATUSES = ("created", "resolved", "paused", "unpaused")
WORDS = {"filter[status]": ("status", STATUSES), "filter[severity]": ("severity", SEVERITIES)}


class Alerts:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> Routes:
        return {
            ("GET", HISTORY): self._list,
            ("GET", f"{HISTORY}/{{name}}"): lambda call: document({"data": linked(call, _record(call))}),
            ("POST", "v1/alert/dismiss/{name}"): _dismiss,
        }

    def _list(self, call: Call) -> Reply:
        rows = [row for row in call.state.rows("alert") if _admits(call, row["record"])]
        return document(paged(call, rows, lambda record: linked(call, record), self._faults.page_overlap))


def linked(call: Call, record: Record) -> Record:
    """The alert with its links, and those of its entity."""
    prefix = record["relationships"]["tenant"]["data"]["attributes"]["domainPrefix"]
    console, entity = f"https://{prefix}.my.auvik.com", record["relationships"]["entity"]["data"]
    address = f"{origin(call)}/v1/inventory/{entity['type']}/info/{entity['id']}"
    links = {"dashboard": f"{console}/#entity/{entity['type']}/{entity['id']}", "self": address}
    relationships = {**record["relationships"], "entity": {"data": {**entity, "links": links}}}
    own = {
        "dashboard": f"{console}/#entity/root/alerts/details/alert/{record['id']}",
        "self": f"{origin(call)}/{HISTORY}/{record['id']}",
    }
    return {**record, "relationships": relationships, "links": own}


def _admits(call: Call, record: Record) -> bool:
    query, attributes = call.query, record["attributes"]
    for name, (field, words) in WORDS.items():
        wanted = query.get(name)
        if wanted and wanted not in words:
            raise bad_value(name, f"must be one of {', '.join(words)}")
        if wanted and attributes[field] != wanted:
            return False
    flags = {field: flag(call, f"filter[{field}]") for field in ("dismissed", "dispatched")}
    entity, definition = query.get("filter[entityId]"), query.get("filter[alertDefinitionId]")
    after, before = query.get("filter[detectedTimeAfter]"), query.get("filter[detectedTimeBefore]")
    return (
        in_tenants(call, record)
        and all(wanted is None or attributes[field] == wanted for field, wanted in flags.items())
        and (not entity or record["relationships"]["entity"]["data"]["id"] == entity)
        and (not definition or attributes["alertDefinitionId"] == definition)
        and (not after or attributes["detectedOn"] > after)
        and (not before or attributes["detectedOn"] < before)
    )


def _dismiss(call: Call) -> Reply:
    _record(call)
    Network(call.state).dismiss_alert(call.names[0])
    return Reply(204)


def _record(call: Call) -> Record:
    row = call.state.table("alert").first("record/id", call.names[0])
    if row is None:
        raise missing("alert")
    found: Record = row["record"]
    return found
