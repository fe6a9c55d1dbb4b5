"""Webhooks: one call per alert that is triggered or cleared, with the fixed payload of the vendor, unsigned."""

from collections.abc import Callable

from desk_simulators.auvik.state import AuvikState, tenant_of
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.state import Change
from desk_simulators.kit.table import Record
from desk_simulators.kit.webhooks.queue import Message, WebhookQueue
from desk_simulators.kit.webhooks.signature import compact

SEVERITIES = {"emergency": 1, "critical": 2, "warning": 3, "info": 4}
UNRATED = "info"
STATUSES = {"created": (0, "Triggered"), "resolved": (1, "Cleared")}
ONE = 1
"""The account has one webhook."""


class AlertQueue(WebhookQueue):
    """Listens to the state: every new record of the alert history that triggers or clears is sent."""

    def __init__(
        self, state: AuvikState, faults: Faults, ledger: Ledger, *, monotonic: Callable[[], float], scale: float
    ) -> None:
        super().__init__(faults, ledger, now=state.now, monotonic=monotonic, scale=scale)
        self._state = state
        state.listeners.append(self)

    def __call__(self, change: Change[str]) -> None:
        url = self._state.webhook
        if url is None or change.table != "alert" or change.action != "added" or change.after is None:
            return
        alert = change.after["record"]
        body = compact(self.payload(alert)).encode()
        status = alert["attributes"]["status"]
        headers = {"Content-Type": "application/json"}
        self.send(Message(ONE, alert["id"], "alert", status, change.record_id, url, body, headers))

    def payload(self, alert: Record) -> Record:
        """The body of the webhook of a record of the alert history."""
        attributes, entity = alert["attributes"], alert["relationships"]["entity"]["data"]
        tenant = self._state.row("tenant", tenant_of(alert))["record"]
        status, word = STATUSES[attributes["status"]]
        severity = attributes["severity"] if attributes["severity"] in SEVERITIES else UNRATED
        return {
            "entityId": entity["id"],
            "subject": "You have a new alert!",
            "alertStatusString": word,
            "alertId": attributes["alertDefinitionId"],
            "alertName": attributes["name"],
            "entityName": self._name(entity),
            "companyName": tenant["attributes"]["domainPrefix"],
            "entityType": entity["type"],
            "date": attributes["detectedOn"],
            "link": f"https://{tenant['attributes']['domainPrefix']}.my.auvik.com/#alerts",
            "alertStatus": status,
            "correlationId": alert["id"],
            "alertDescription": attributes["description"],
            "alertSeverityString": severity.title(),
            "alertSeverity": SEVERITIES[severity],
            "companyId": tenant["id"],
        }

    def _name(self, entity: Record) -> str:
        found = self._state.table("device").first("record/id", entity["id"])
        return str(found["record"]["attributes"]["deviceName"]) if found else f"{entity['type']} 1"


class Webhooks:
    """The registration as delivery sees it."""

    def __init__(self, state: AuvikState) -> None:
        self._state = state

    def is_active(self, callback_id: int) -> bool:
        return self._state.webhook is not None

    def switch_off(self, callback_id: int) -> None:
        """Only where a test sets `switch_off_after`: the vendor documents no such rule."""
        self._state.webhook = None
