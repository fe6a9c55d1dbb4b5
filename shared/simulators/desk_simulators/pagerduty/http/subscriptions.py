"""Webhook subscriptions: created with a secret that is answered once, listed, tried with a ping, removed."""

import secrets

from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.errors import failure, invalid_input, missing
from desk_simulators.pagerduty.http.listing import Call, Routes, page
from desk_simulators.pagerduty.webhooks import EVENTS, EventQueue

PATH, TABLE, PING = "webhook_subscriptions", "webhook_subscription", "pagey.ping"
FILTERS = ("account_reference", "service_reference", "team_reference")
OTHER_EVENTS = (
    "incident.annotated",
    "incident.delegated",
    "incident.priority_updated",
    "incident.reassigned",
    "incident.reopened",
    "incident.responder.added",
    "incident.responder.replied",
    "incident.status_update_published",
    "service.created",
    "service.deleted",
    "service.updated",
)


class Subscriptions:
    def __init__(self, queue: EventQueue) -> None:
        self._queue = queue

    def routes(self) -> Routes:
        return {
            ("GET", PATH): lambda call: page(call, f"{PATH}", [answered(row) for row in call.state.records(TABLE)]),
            ("POST", PATH): create,
            ("GET", f"{PATH}/{{name}}"): lambda call: Reply(200, {TABLE: answered(_row(call)["record"])}),
            ("DELETE", f"{PATH}/{{name}}"): _remove,
            ("POST", f"{PATH}/{{name}}/ping"): self._ping,
        }

    def _ping(self, call: Call) -> Reply:
        row = _row(call)
        event = {
            "id": f"ping-{call.state.revision}",
            "event_type": PING,
            "resource_type": "pagey",
            "occurred_at": call.state.milliseconds(),
            "agent": None,
            "client": None,
            "data": {"message": "Hello from your friend Pagey!", "type": "ping"},
        }
        self._queue.post(row, PING, {"event": event})
        return Reply(202, content=b"", media_type=None)


def create(call: Call) -> Reply:
    """201 with the secret in `delivery_method`, here and never again."""
    given = call.body.get(TABLE) if isinstance(call.body, dict) else None
    if not isinstance(given, dict):
        raise failure(400, "Missing Arguments", 2003, ["Webhook subscription must be an object"])
    method, scope, events = given.get("delivery_method"), given.get("filter"), given.get("events")
    problems = [*_method(method), *_filter(scope), *_events(events)]
    if problems or not isinstance(method, dict):
        raise invalid_input(*problems)
    secret = secrets.token_hex(48)
    key = call.state.new_id(TABLE)
    record = {
        "id": key,
        "type": TABLE,
        "active": bool(given.get("active", True)),
        "description": given.get("description"),
        "delivery_method": _delivery(key, method, secret),
        "events": events,
        "filter": scope,
    }
    call.state.put(TABLE, record)
    public = answered(record)
    return Reply(201, {TABLE: {**public, "delivery_method": {**public["delivery_method"], "secret": secret}}})


def _delivery(key: str, given: Record, secret: str) -> Record:
    return {
        "id": f"{key[:-1]}D",
        "type": "http_delivery_method",
        "url": given["url"],
        "temporarily_disabled": False,
        "custom_headers": given.get("custom_headers") or [],
        "secrets": [secret],
    }


def answered(record: Record) -> Record:
    """A subscription as it is read: without its secret, and with the values of its headers redacted."""
    method = {name: value for name, value in record["delivery_method"].items() if name != "secrets"}
    headers = [{**one, "value": "<redacted>"} for one in method["custom_headers"]]
    return {**record, "delivery_method": {**method, "secret": None, "custom_headers": headers}}


def _method(given: object) -> list[str]:
    if not isinstance(given, dict) or given.get("type") != "http_delivery_method":
        return ["Delivery method type must be http_delivery_method"]
    url = given.get("url")
    return (
        [] if isinstance(url, str) and url.startswith(("http://", "https://")) else ["Delivery method url is invalid"]
    )


def _filter(given: object) -> list[str]:
    if not isinstance(given, dict) or given.get("type") not in FILTERS:
        return [f"Filter type must be one of {', '.join(FILTERS)}"]
    return [] if given["type"] == "account_reference" or isinstance(given.get("id"), str) else ["Filter id is missing"]


def _events(given: object) -> list[str]:
    offered = (*EVENTS.values(), *OTHER_EVENTS)
    if not isinstance(given, list) or not given:
        return ["Events must not be empty"]
    return [f"Event {str(one)[:60]} is not offered" for one in given if one not in offered]


def _remove(call: Call) -> Reply:
    row = _row(call)
    call.state.put(TABLE, row["record"], removed=True)
    return Reply(204)


def _row(call: Call) -> Record:
    row = call.state.table(TABLE).first("record/id", call.names[0])
    if row is None or row["removed"]:
        raise missing("Webhook")
    return row
