"""Webhooks v3: one event per call for every change of an incident, signed with the secrets of its subscription."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

from desk_simulators.kit.faults import Faults
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.state import Change
from desk_simulators.kit.table import Record
from desk_simulators.kit.webhooks.queue import Message, WebhookQueue
from desk_simulators.kit.webhooks.signature import compact, hmac_sha256
from desk_simulators.pagerduty.state import PagerState

SIGNATURE_HEADER = "X-PagerDuty-Signature"
EVENTS = {
    "trigger_log_entry": "incident.triggered",
    "acknowledge_log_entry": "incident.acknowledged",
    "unacknowledge_log_entry": "incident.unacknowledged",
    "escalate_log_entry": "incident.escalated",
    "resolve_log_entry": "incident.resolved",
}
ANNOUNCED = ("id", "type", "self", "html_url", "status", "incident_key", "created_at", "title", "service", "teams")


def signature(body: bytes, *secrets: str) -> str:
    """The value of the signature header: one signature per secret of the subscription."""
    return ",".join(f"v1={hmac_sha256(secret.encode(), body).hex()}" for secret in secrets)


def payload(state: PagerState, event_type: str, incident: Record, agent: Record, key: str) -> Record:
    """The body of the webhook of one event."""
    data = {name: incident[name] for name in ANNOUNCED} | {
        "number": incident["incident_number"],
        "assignees": [one["assignee"] for one in incident["assignments"]],
        "escalation_policy": incident["escalation_policy"],
        "priority": incident["priority"],
        "urgency": incident["urgency"],
        "conference_bridge": None,
        "resolve_reason": incident["resolve_reason"],
    }
    event = {
        "id": key,
        "event_type": event_type,
        "resource_type": "incident",
        "occurred_at": state.milliseconds(),
        "agent": agent,
        "client": None,
        "data": data,
    }
    return {"event": event}


class EventQueue(WebhookQueue):
    """Listens to the state: every new entry of an incident's log that is an event is sent to its subscriptions."""

    def __init__(
        self, state: PagerState, faults: Faults, ledger: Ledger, *, monotonic: Callable[[], float], scale: float
    ) -> None:
        super().__init__(faults, ledger, now=state.now, monotonic=monotonic, scale=scale)
        self._state = state
        state.listeners.append(self)

    def __call__(self, change: Change[str]) -> None:
        if change.table != "log_entry" or change.action != "added" or change.after is None:
            return
        entry = change.after["record"]
        event_type = EVENTS.get(entry["type"])
        if event_type is None:
            return
        incident = self._state.row("incident", entry["incident"]["id"])["record"]
        key = str(uuid5(NAMESPACE_URL, entry["self"]))
        body = payload(self._state, event_type, incident, entry["agent"], key)
        for row in self._state.rows("webhook_subscription"):
            if _wants(row["record"], event_type, incident):
                self.post(row, event_type, body)

    def post(self, row: Record, event_type: str, content: Record) -> None:
        """Queue one webhook for the subscription of a row."""
        subscription = row["record"]
        body = compact(content).encode()
        method = subscription["delivery_method"]
        message = str(uuid5(NAMESPACE_URL, f"{content['event']['id']}/{subscription['id']}"))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-Webhook-Id": message,
            "X-Webhook-Subscription": subscription["id"],
            SIGNATURE_HEADER: signature(body, *method["secrets"]),
            **{one["name"]: one["value"] for one in method["custom_headers"]},
        }
        self.send(Message(row["id"], message, event_type, "sent", row["id"], method["url"], body, headers))


def _wants(subscription: Record, event_type: str, incident: Record) -> bool:
    wanted = subscription["filter"]
    scope = wanted["type"] == "account_reference" or wanted["id"] == incident["service"]["id"]
    return subscription["active"] and event_type in subscription["events"] and scope


class Webhooks:
    """The subscriptions as delivery sees them."""

    def __init__(self, state: PagerState) -> None:
        self._state = state

    def is_active(self, callback_id: int) -> bool:
        row = self._state.table("webhook_subscription").get(callback_id)
        return row is not None and not row["removed"] and bool(row["record"]["active"])

    def switch_off(self, callback_id: int) -> None:
        row = self._state.table("webhook_subscription").get(callback_id)
        if row is not None:
            self._state.put("webhook_subscription", {**row["record"], "active": False}, removed=row["removed"])
