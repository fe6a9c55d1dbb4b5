"""Activities: the tenant's log, one row for each event, newest last in the table."""

from uuid import NAMESPACE_OID, uuid5

from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.state import NinjaState

TEXTS = {
    "TRIGGERED": "Triggered",
    "RESET": "Reset",
    "COMPLETED": "Completed",
    "SOFTWARE_ADDED": "Software added",
    "SOFTWARE_UPDATED": "Software updated",
    "SOFTWARE_REMOVED": "Software removed",
    "SYSTEM_REBOOTED": "System rebooted",
    "USER_LOGGED_IN": "User logged in",
    "NODE_CREATED": "Device added",
    "NODE_UPDATED": "Device updated",
    "NODE_DELETED": "Device deleted",
    "PATCH_MANAGEMENT_INSTALLED": "Patch installed",
    "PATCH_MANAGEMENT_INSTALL_FAILED": "Patch installation failed",
    "SOFTWARE_PATCH_MANAGEMENT_INSTALLED": "Software patch installed",
    "SOFTWARE_PATCH_MANAGEMENT_INSTALL_FAILED": "Software patch installation failed",
}
"""Display text of the status codes that the simulator writes."""
DEFAULTS = {
    "severity": "NONE",
    "priority": "NONE",
    "activityResult": "SUCCESS",
    "sourceConfigUid": None,
    "sourceName": None,
    "userId": None,
}


def record_activity(
    state: NinjaState,
    device_id: int | None,
    kind: str,
    code: str,
    *,
    subject: str,
    message: str,
    moment: float,
    **changes: object,
) -> Record:
    """One row. Every field of the contract is there; `changes` replace those that the event has more to say about."""
    number = state.table("activity").last_id + 1
    row: Record = {
        **DEFAULTS,
        "activityTime": moment,
        "deviceId": device_id,
        "seriesUid": str(uuid5(NAMESPACE_OID, f"series:{number}")),
        "activityType": kind,
        "statusCode": code,
        "status": TEXTS[code],
        "subject": subject,
        "message": message,
        "type": kind.replace("_", " ").title(),
        "data": {},
    }
    return state.put("activity", {**row, **changes})


def record_system(state: NinjaState, device: Record, code: str, subject: str, message: str, moment: float) -> Record:
    return record_activity(state, device["id"], "SYSTEM", code, subject=subject, message=message, moment=moment)


def record_condition(state: NinjaState, alert: Record, code: str, moment: float, user_id: int | None = None) -> Record:
    """TRIGGERED or RESET of an alert, joined to it by `seriesUid`."""
    return record_activity(
        state,
        alert["deviceId"],
        "CONDITION",
        code,
        subject=alert["subject"],
        message=alert["message"],
        moment=moment,
        seriesUid=alert["uid"],
        severity=alert["severity"],
        priority=alert["priority"],
        sourceConfigUid=alert["sourceConfigUid"],
        sourceName=alert["sourceName"],
        userId=user_id,
        data={"message": {"code": "condition", "params": {}}},
    )


def record_patch(state: NinjaState, device: Record, kind: str, title: str, status: str, moment: float) -> Record:
    """An attempt to install: `kind` is PATCH_MANAGEMENT or SOFTWARE_PATCH_MANAGEMENT."""
    failed = status == "FAILED"
    code = f"{kind}_INSTALL_FAILED" if failed else f"{kind}_INSTALLED"
    message = f"Patch '{title}' {'failed to install' if failed else 'installed'}"
    result = "FAILURE" if failed else "SUCCESS"
    return record_activity(
        state, device["id"], kind, code, subject=title, message=message, moment=moment, activityResult=result
    )


def condition_fields(subject: str) -> Record:
    """The policy's condition that an alert stems from."""
    return {
        "sourceConfigUid": str(uuid5(NAMESPACE_OID, f"condition:{subject}")),
        "sourceName": subject,
        "subject": subject,
        "conditionName": subject,
        "conditionHealthStatus": "UNHEALTHY",
    }
