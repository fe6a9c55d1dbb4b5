"""Change log of tickets and audit trail of the PSA."""

import json

from desk_simulators.connectwise.records.resources import RESOURCES
from desk_simulators.connectwise.state import Change, PsaState
from desk_simulators.kit.table import Record, value_at

SNAPSHOT = {
    "boardId": "board/id",
    "boardName": "board/name",
    "companyIdentifier": "company/id",
    "companyName": "company/name",
    "contactId": "contact/id",
    "contactName": "contact/name",
    "impact": "impact",
    "ownerIdentifier": "owner/id",
    "priorityId": "priority/id",
    "priorityLevel": "priority/level",
    "priorityName": "priority/name",
    "prioritySort": "priority/sort",
    "resourceList": "resources",
    "severity": "severity",
    "slaName": "sla/name",
    "slaStatus": "slaStatus",
    "status": "status/name",
    "summary": "summary",
    "teamName": "team/name",
    "ticketNumber": "id",
    "recordType": "recordType",
    "ticketOwner": "owner/identifier",
    "closedFlag": "closedFlag",
    "customerUpdatedFlag": "customerUpdatedFlag",
    "parentTicketId": "parentTicketId",
    "mergedParentTicketId": "mergedParentTicket/id",
}
AUDITED = ("summary", "board", "status", "priority", "severity", "impact", "owner", "resources", "company", "contact")


class History:
    """Listens to changes. The change log holds a ticket as it was after each change, never an old value."""

    def __init__(self, state: PsaState) -> None:
        self._state = state
        state.listeners.append(self)

    def __call__(self, change: Change) -> None:
        if change.table == "ticket":
            self._log(change)
        if RESOURCES[change.table].callback:
            self._audit(change)

    def _log(self, change: Change) -> None:
        seen = snapshot(change.after or change.before or {})
        if change.action == "updated" and snapshot(change.before or {}) == seen:
            return
        table, instance = self._state.table("changelog"), self._state.instance
        stamps = {"lastUpdated": change.at, "updatedBy": change.actor.identifier}
        table.put(
            {
                "id": table.next_id(),
                "partnerId": instance.partner_id,
                "productInstanceId": instance.product_instance_id,
                "action": change.action,
                **seen,
                "_info": {**stamps, "dateEntered": change.at, "enteredBy": change.actor.identifier},
            }
        )

    def _audit(self, change: Change) -> None:
        kind = RESOURCES[change.table].callback or change.table
        trail = self._state.audit.setdefault(audit_key(kind, change.record_id), [])
        entered = {"enteredDate": change.at, "enteredBy": change.actor.identifier}
        for sub_type, text in _texts(kind.capitalize(), change):
            trail.append(
                {
                    "text": text,
                    **entered,
                    "auditType": kind.capitalize(),
                    "auditSubType": sub_type,
                    "auditSource": "PSA",
                }
            )


def audit_key(kind: str, record_id: int) -> str:
    return f"{kind.lower()}/{record_id}"


def snapshot(ticket: Record) -> Record:
    return {name: found for name, path in SNAPSHOT.items() if (found := value_at(ticket, path)) is not None}


def _texts(kind: str, change: Change) -> list[tuple[str, str]]:
    if change.before is None or change.after is None:
        return [("Record", f"{kind} {change.record_id} has been {change.action}.")]
    before, after = change.before, change.after
    return [
        (
            name.capitalize(),
            f'{name.capitalize()} has been updated from "{_display(before, name)}" to "{_display(after, name)}".',
        )
        for name in AUDITED
        if before.get(name) != after.get(name)
    ]


def _display(record: Record, name: str) -> str:
    value: object = record.get(name)
    if isinstance(value, dict):
        value = value.get("identifier") or value.get("name")
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
