"""The world at work: devices that reboot, install, raise alerts, move. Each act leaves the vendor's traces."""

from uuid import NAMESPACE_OID, uuid5

from desk_simulators.kit.clock import instant
from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.activities import (
    condition_fields,
    record_activity,
    record_condition,
    record_patch,
    record_system,
)
from desk_simulators.ninjaone.device_records import KINDS, Placement, device_record
from desk_simulators.ninjaone.errors import bad_value, missing
from desk_simulators.ninjaone.state import NinjaState, epoch
from desk_simulators.world import Device

Named = str | int
"""A device by id, or by its display name where only one device has it."""
SEVERITIES = ("NONE", "MINOR", "MODERATE", "MAJOR", "CRITICAL")
ATTEMPTED = ("INSTALLED", "FAILED")
ACTIVITY_TYPES = {"os_patch": "PATCH_MANAGEMENT", "software_patch": "SOFTWARE_PATCH_MANAGEMENT"}
PRIORITIES = ("NONE", "LOW", "MEDIUM", "HIGH")


class Fleet:
    """Acts return the changed record. `at` is an ISO 8601 instant; without one the act happens now."""

    def __init__(self, state: NinjaState) -> None:
        self._state = state

    def raise_alert(
        self,
        device: Named,
        subject: str,
        message: str,
        severity: str = "MAJOR",
        priority: str = "HIGH",
        source_type: str = "CONDITION_AGENT_DISK_FREE_SPACE",
        at: str | None = None,
    ) -> Record:
        """An open alert, and the activity CONDITION, TRIGGERED of the same series."""
        _require_choice("severity", severity, SEVERITIES)
        _require_choice("priority", priority, PRIORITIES)
        found, moment = self.find(device), self._moment(at)
        alert: Record = {
            "uid": self._uid("alert"),
            "deviceId": found["id"],
            "message": message,
            "createTime": moment,
            "updateTime": moment,
            "sourceType": source_type,
            **condition_fields(subject),
            "severity": severity,
            "priority": priority,
        }
        stored = self._state.put("alert", alert)
        record_condition(self._state, stored, "TRIGGERED", moment)
        return stored

    def reset_alert(self, uid: str, user_id: int | None = None, at: str | None = None) -> Record:
        """The alert ends; the activity CONDITION, RESET stays. Raises the API's 404 when no such alert is open."""
        alert = self._state.table("alert").first("uid", uid)
        if alert is None:
            raise missing("alert")
        self._state.remove("alert", alert["id"])
        record_condition(self._state, alert, "RESET", self._moment(at), user_id)
        return alert

    def install_os_patch(
        self,
        device: Named,
        name: str,
        kb: str,
        severity: str = "CRITICAL",
        kind: str = "SECURITY_UPDATES",
        status: str = "INSTALLED",
        at: str | None = None,
    ) -> Record:
        """`status`: INSTALLED or FAILED (both with the instant of the attempt), or APPROVED, MANUAL, REJECTED."""
        fields: Record = {"name": name, "severity": severity, "type": kind, "kbNumber": kb}
        return self._patch(device, "os_patch", name, fields, status, at)

    def install_software_patch(
        self,
        device: Named,
        title: str,
        product: str,
        impact: str = "RECOMMENDED",
        kind: str = "PATCH",
        status: str = "INSTALLED",
        at: str | None = None,
    ) -> Record:
        """A third-party patch; `status` as for OS patches."""
        identifier = str(uuid5(NAMESPACE_OID, f"product:{product}"))
        fields: Record = {"productIdentifier": identifier, "title": title, "impact": impact, "type": kind}
        return self._patch(device, "software_patch", title, fields, status, at)

    def install_software(
        self, device: Named, name: str, version: str, publisher: str = "", size: int = 0, at: str | None = None
    ) -> Record:
        """A product that is there already is updated: SOFTWARE_UPDATED instead of SOFTWARE_ADDED."""
        found, moment = self.find(device), self._moment(at)
        present = self._product(found["id"], name)
        row: Record = {
            **({"id": present["id"]} if present else {}),
            "deviceId": found["id"],
            "name": name,
            "version": version,
            "publisher": publisher,
            "installDate": (instant(at) if at else self._state.now()).strftime("%Y-%m-%d"),
            "location": f"C:\\Program Files\\{name}",
            "size": size,
            "productCode": f"{{{str(uuid5(NAMESPACE_OID, f'software:{name}')).upper()}}}",
        }
        code, done = ("SOFTWARE_UPDATED", "updated") if present else ("SOFTWARE_ADDED", "installed")
        record_system(self._state, found, code, f"{name} {version}", f"Software '{name} {version}' {done}", moment)
        return self._state.put("software", row)

    def remove_software(self, device: Named, name: str, at: str | None = None) -> Record:
        found, moment = self.find(device), self._moment(at)
        present = self._product(found["id"], name)
        if present is None:
            raise missing("software")
        title = f"{name} {present['version']}"
        record_system(self._state, found, "SOFTWARE_REMOVED", title, f"Software '{title}' removed", moment)
        return self._state.remove("software", present["id"])

    def reboot(self, device: Named, at: str | None = None) -> Record:
        found, moment = self.find(device), self._moment(at)
        record_system(self._state, found, "SYSTEM_REBOOTED", found["systemName"], "System rebooted", moment)
        system = {**found["os"], "lastBootTime": moment, "needsReboot": False}
        return self._update(found, os=system, lastContact=max(found["lastContact"], moment))

    def log_on(self, device: Named, user: str, at: str | None = None) -> Record:
        """`user` as Windows writes it, `DOMAIN\\user`."""
        found, moment = self.find(device), self._moment(at)
        record_system(self._state, found, "USER_LOGGED_IN", user, f"User {user} logged in", moment)
        return self._update(found, lastLoggedInUser=user, logonTime=moment)

    def run_script(self, device: Named, name: str, succeeded: bool = True, at: str | None = None) -> Record:
        """The activity ACTION, COMPLETED."""
        found, moment = self.find(device), self._moment(at)
        result = "SUCCESS" if succeeded else "FAILURE"
        return record_activity(
            self._state,
            found["id"],
            "ACTION",
            "COMPLETED",
            subject=name,
            message=f"Script '{name}' completed",
            moment=moment,
            activityResult=result,
            sourceName=name,
        )

    def change_policy(self, device: Named, policy_id: int, at: str | None = None) -> Record:
        found, moment = self.find(device), self._moment(at)
        message = f"Policy changed from {found['policyId']} to {policy_id}"
        record_system(self._state, found, "NODE_UPDATED", found["systemName"], message, moment)
        return self._update(found, policyId=policy_id)

    def set_offline(self, device: Named, offline: bool) -> Record:
        return self._update(self.find(device), offline=offline)

    def add_device(
        self, organization: int, name: str, node_class: str = "WINDOWS_WORKSTATION", **values: object
    ) -> Record:
        """A new device at the organisation's first location, with addresses and serial number of its own.

        `values` replace fields of the device record.
        """
        _require_choice("node_class", node_class, tuple(KINDS))
        owner = self._state.record("organization", organization)
        location = self._state.table("location").first("organizationId", organization)
        number = self._state.table("device").next_id()
        placement = Placement(organization, location["id"] if location else None, "203.0.113.250", owner["name"])
        device = _new_device(number, name, KINDS[node_class])
        row = device_record(self._state, number, device, placement, self._state.now())
        stored = self._state.put("device", {"id": number, **row, **values})
        record_system(self._state, stored, "NODE_CREATED", name, f"Device '{name}' added", self._state.epoch())
        return stored

    def move_device(self, device: Named, organization: int) -> Record:
        """The same device id belongs to another organisation from now on."""
        found = self.find(device)
        location = self._state.table("location").first("organizationId", organization)
        self._state.record("organization", organization)
        message = f"Organization changed to {organization}"
        record_system(self._state, found, "NODE_UPDATED", found["systemName"], message, self._state.epoch())
        return self._update(found, organizationId=organization, locationId=location["id"] if location else None)

    def remove_device(self, device: Named) -> Record:
        """The device with its alerts, patches and software; activities stay."""
        found = self.find(device)
        for table in ("alert", "os_patch", "software_patch", "software"):
            for row in self._state.table(table).find("deviceId", found["id"]):
                self._state.remove(table, row["id"])
        record_system(self._state, found, "NODE_DELETED", found["systemName"], "Device removed", self._state.epoch())
        return self._state.remove("device", found["id"])

    def find(self, device: Named) -> Record:
        """Raises the API's 404 for an unknown device, KeyError for a name that several devices have."""
        if isinstance(device, int):
            return self._state.record("device", device)
        found = [row for row in self._state.table("device") if row["displayName"] == device]
        if len(found) > 1:
            raise KeyError(f"several devices are named {device!r}: name one by id {[row['id'] for row in found]}")
        if not found:
            raise missing("node")
        return found[0]

    def _patch(self, device: Named, table: str, title: str, fields: Record, status: str, at: str | None) -> Record:
        found, moment = self.find(device), self._moment(at)
        attempted = status in ATTEMPTED
        if attempted:
            record_patch(self._state, found, ACTIVITY_TYPES[table], title, status, moment)
        times = {"installedAt": moment if attempted else None, "timestamp": moment}
        own = {"deviceId": found["id"], "uid": self._uid("patch"), "status": status}
        return self._state.put(table, {**own, **fields, **times})

    def _update(self, device: Record, **values: object) -> Record:
        return self._state.put("device", {**device, **values, "lastUpdate": self._state.epoch()})

    def _product(self, device_id: int, name: str) -> Record | None:
        rows = self._state.table("software").find("deviceId", device_id)
        return next((row for row in rows if row["name"] == name), None)

    def _moment(self, at: str | None) -> float:
        return self._state.epoch() if at is None else epoch(instant(at))

    def _uid(self, kind: str) -> str:
        return str(uuid5(NAMESPACE_OID, f"{kind}:{self._state.revision}"))


def _new_device(number: int, name: str, kind: str) -> Device:
    high, low = divmod(number, 250)
    mac = ":".join(f"{part:02X}" for part in (2, 0, 0x5E, *number.to_bytes(3, "big")))
    address, serial = f"10.{99 + high // 250}.{high % 250}.{low + 1}", f"SN{number:06d}"
    return Device(name, kind, "", address, mac, serial, "Dell Inc.", "OptiPlex 7010", "Windows 11 Pro", {})


def _require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise bad_value(name, f"must be one of {', '.join(choices)}")
