"""Incidents: lists by key, service, status and time; one with its alerts and its log; opened and changed by people."""

from datetime import timedelta

from desk_simulators.kit.clock import instant
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.errors import failure, invalid_input, missing
from desk_simulators.pagerduty.http.listing import Call, Routes, page, values
from desk_simulators.pagerduty.pager import Pager

STATUSES, URGENCIES = ("triggered", "acknowledged", "resolved"), ("high", "low")
DEFAULT_RANGE = timedelta(days=30)
DUPLICATE = "Open incident with matching dedup key already exists on this service"
FILTERED = {"service_ids[]": "service", "statuses[]": "status", "urgencies[]": "urgency"}


class Incidents:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> Routes:
        return {
            ("GET", "incidents"): self._list,
            ("POST", "incidents"): _create,
            ("GET", "incidents/{name}"): lambda call: Reply(200, {"incident": _record(call)}),
            ("PUT", "incidents/{name}"): _change,
            ("GET", "incidents/{name}/alerts"): self._alerts,
            ("GET", "incidents/{name}/log_entries"): self._log,
        }

    def _list(self, call: Call) -> Reply:
        for name, choices in (("statuses[]", STATUSES), ("urgencies[]", URGENCIES)):
            if any(value not in choices for value in values(call, name)):
                raise failure(400, "Invalid Status Provided", 1003)
        rows = [row for row in call.state.records("incident") if _admits(call, row)]
        newest_first = call.query.get("sort_by", "").endswith(":desc")
        return page(call, "incidents", rows[::-1] if newest_first else rows, self._faults.page_overlap)

    def _alerts(self, call: Call) -> Reply:
        rows = call.state.related("alert", _record(call)["id"])
        key = call.query.get("alert_key")
        return page(call, "alerts", [row for row in rows if key in (None, row["alert_key"])], self._faults.page_overlap)

    def _log(self, call: Call) -> Reply:
        """Newest first. The channel is a reference unless `include[]` asks for it."""
        rows = call.state.related("log_entry", _record(call)["id"])[::-1]
        full = "channels" in values(call, "include[]")
        shaped = [row if full else {**row, "channel": {"type": row["channel"]["type"]}} for row in rows]
        return page(call, "log_entries", shaped, self._faults.page_overlap)


def _admits(call: Call, row: Record) -> bool:
    for name, field in FILTERED.items():
        wanted = values(call, name)
        value = row[field]["id"] if field == "service" else row[field]
        if wanted and value not in wanted:
            return False
    key = call.query.get("incident_key")
    return _within(call, row) and (key is None or _has_key(call, row, key))


def _within(call: Call, row: Record) -> bool:
    if call.query.get("date_range") == "all":
        return True
    try:
        since, until = (instant(text) if (text := call.query.get(name)) else None for name in ("since", "until"))
    except ValueError:
        raise failure(400, "Invalid time values in 'since' and/or 'until' parameters", 2004) from None
    created = instant(row["created_at"])
    earliest = since or (until or call.state.now()) - DEFAULT_RANGE
    return created >= earliest and (until is None or created < until)


def _has_key(call: Call, row: Record, key: str) -> bool:
    alerts = call.state.related("alert", row["id"])
    return any(alert["alert_key"] == key for alert in alerts) if alerts else row["incident_key"] == key


def _create(call: Call) -> Reply:
    given, user = _body(call), _requester(call)
    service = given.get("service")
    key = service.get("id") if isinstance(service, dict) else None
    if not isinstance(given.get("title"), str) or not given["title"]:
        raise invalid_input("Title cannot be empty.")
    if not isinstance(key, str) or call.state.tables["service"].first("record/id", key) is None:
        raise missing("Service")
    pager, incident_key = Pager(call.state), given.get("incident_key")
    if incident_key is not None and pager.has_open(key, incident_key):
        raise failure(400, "Arguments Caused Error", 2002, [DUPLICATE])
    made = pager.create(key, given["title"], incident_key, given.get("urgency", "high"), user)
    return Reply(201, {"incident": made})


def _change(call: Call) -> Reply:
    record, given, user = _record(call), _body(call), _requester(call)
    pager, status = Pager(call.state), given.get("status")
    if status not in (None, "acknowledged", "resolved"):
        raise failure(400, "Invalid Status Provided", 1003)
    if status and record["status"] == "resolved":
        raise failure(400, "Incident Already Resolved", 1001)
    if status == "acknowledged":
        record = pager.acknowledge(record["id"], user)
    elif status == "resolved":
        record = pager.resolve(record["id"], user)
    return Reply(200, {"incident": record})


def _body(call: Call) -> Record:
    given = call.body.get("incident") if isinstance(call.body, dict) else None
    if not isinstance(given, dict):
        raise failure(400, "Missing Arguments", 2003, ["Incident must be an object"])
    return given


def _requester(call: Call) -> str:
    """The user whose e-mail address is in `From`, which an account's API key requires."""
    mail = call.headers.get("from", "").casefold()
    for user in call.state.records("user"):
        if user["email"].casefold() == mail:
            return str(user["id"])
    raise failure(400, "Requester User Not Found", 1008)


def _record(call: Call) -> Record:
    row = call.state.table("incident").first("record/id", call.names[0])
    if row is None:
        raise missing("Incident")
    found: Record = row["record"]
    return found
