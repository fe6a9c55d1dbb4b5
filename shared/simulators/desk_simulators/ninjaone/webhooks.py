"""Webhook of each API client: activities that it asked for, posted with its own headers. No signature is defined."""

from collections.abc import Callable
from urllib.parse import urlsplit

from desk_simulators.kit.faults import Faults
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.numerals import is_number
from desk_simulators.kit.table import Record
from desk_simulators.kit.webhooks.queue import Message, WebhookQueue
from desk_simulators.kit.webhooks.signature import compact
from desk_simulators.ninjaone.errors import bad_value
from desk_simulators.ninjaone.state import Change, NinjaState

EXPANDED = ("device", "organization", "location")


class ActivityQueue(WebhookQueue):
    """Listens to the state: every new activity goes to the clients whose configuration admits it."""

    def __init__(
        self, state: NinjaState, faults: Faults, ledger: Ledger, *, monotonic: Callable[[], float], scale: float
    ) -> None:
        super().__init__(faults, ledger, now=state.now, monotonic=monotonic, scale=scale)
        self._state = state
        state.listeners.append(self)

    def __call__(self, change: Change) -> None:
        if change.table != "activity" or change.action != "added" or change.after is None:
            return
        for client_id, webhook in self._state.webhooks.items():
            if self._wants(webhook, change.after):
                self.send(self._message(self._state.client_number(client_id), webhook, change.after))

    def _wants(self, webhook: Record, activity: Record) -> bool:
        statuses = webhook["activities"].get(activity["activityType"], [])
        device = self._state.table("device").get(activity["deviceId"] or 0)
        organizations = webhook["organizationIds"]
        inside = not organizations or (device is not None and device["organizationId"] in organizations)
        return inside and ("*" in statuses or activity["statusCode"] in statuses)

    def _message(self, number: int, webhook: Record, activity: Record) -> Message:
        body = {**activity, **self._expanded(webhook["expand"], activity)}
        headers = {header["name"]: header["value"] for header in webhook["headers"]}
        kind, code = activity["activityType"], activity["statusCode"]
        raw = compact(body).encode()
        return Message(number, str(activity["id"]), kind, code, activity["id"], webhook["url"], raw, headers)

    def _expanded(self, names: list[str], activity: Record) -> Record:
        device = self._state.table("device").get(activity["deviceId"] or 0)
        if device is None:
            return {}
        found: Record = {
            "device": {name: device[name] for name in ("id", "systemName", "organizationId", "locationId")},
            "organization": self._state.table("organization").get(device["organizationId"]),
            "location": self._state.table("location").get(device["locationId"] or 0),
        }
        return {name: found[name] for name in EXPANDED if name in names}


class Webhooks:
    """Registrations as delivery sees them, by the number of their client."""

    def __init__(self, state: NinjaState) -> None:
        self._state = state

    def is_active(self, callback_id: int) -> bool:
        return self._client(callback_id) in self._state.webhooks

    def switch_off(self, callback_id: int) -> None:
        """Only where a test sets `switch_off_after`: the vendor documents no such rule."""
        self._state.webhooks.pop(self._client(callback_id), None)
        self._state.revision += 1

    def _client(self, number: int) -> str:
        return self._state.instance.applications[number - 1].client_id


def read_webhook(body: object) -> Record:
    """The configuration of `PUT /v2/webhook`. Raises the API's 400 that names the field."""
    if not isinstance(body, dict):
        raise bad_value("body", "must be a JSON object")
    url, activities = body.get("url"), body.get("activities")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise bad_value("url", "must be an absolute http or https address")
    if not isinstance(activities, dict) or not all(_texts(statuses) for statuses in activities.values()):
        raise bad_value("activities", "must be an object of activity types with lists of status codes")
    expand, headers, organizations = (body.get(name) or [] for name in ("expand", "headers", "organizationIds"))
    if not _texts(expand):
        raise bad_value("expand", "must be a list of texts")
    if not isinstance(headers, list) or not all(_is_header(header) for header in headers):
        raise bad_value("headers", "must be a list of objects with name and value")
    if not isinstance(organizations, list) or not all(is_number(str(number)) for number in organizations):
        raise bad_value("organizationIds", "must be a list of whole numbers")
    return {
        "url": url,
        "activities": activities,
        "expand": expand,
        "headers": headers,
        "organizationIds": [int(number) for number in organizations],
    }


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_header(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("value"), str)
