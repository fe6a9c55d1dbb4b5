"""Acts in the clients' networks: devices come, go, fail and recover; alerts are raised, cleared and dismissed."""

from collections.abc import Sequence

from desk_simulators.auvik.state import AuvikState, key, tenant_of
from desk_simulators.kit.table import Record

STATUSES = ("online", "offline", "unreachable", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown")
SEVERITIES = ("unknown", "emergency", "critical", "warning", "info")
LINK = "device"


class Network:
    """Every act returns the resource. Devices are named by id. Raises KeyError for an unknown record or tenant."""

    def __init__(self, state: AuvikState) -> None:
        self._state = state

    def add_device(
        self,
        tenant: str,
        name: str,
        device_type: str = "switch",
        number: int | None = None,
        connected: Sequence[str] = (),
        **attributes: object,
    ) -> Record:
        """A new device with one interface, connected to others of its tenant. `number` is the vendor's own."""
        state = self._state
        device = state.new_key("device", tenant) if number is None else key(tenant, number)
        record = {
            "type": "device",
            "id": device,
            "attributes": {**_attributes(name, device_type, state.moment()), **attributes},
            "relationships": {
                "tenant": state.tenant(tenant),
                "networks": {"data": []},
                "deviceDetail": {"data": {"type": "deviceDetail", "id": device}},
            },
        }
        state.put("device", record)
        interface = state.put("interface", {"id": state.new_key("interface", tenant), "type": "interface"})
        state.put("detail", _detail(device, state.tenant(tenant), interface))
        for other in connected:
            self.connect(device, other)
        return record

    def connect(self, device: str, other: str) -> Record:
        """Each of the two devices is a neighbour of the other."""
        for one, neighbour in ((device, other), (other, device)):
            detail = self._state.row("detail", one)["record"]
            found = detail["relationships"]["connectedDevices"]["data"]
            name = self._device(neighbour)["attributes"]["deviceName"]
            reference = {"type": "device", "id": neighbour, "attributes": {"deviceName": name}}
            linked = {"connectedDevices": {"data": [*found, reference]}}
            self._state.put("detail", {**detail, "relationships": {**detail["relationships"], **linked}})
        found_detail: Record = self._state.row("detail", device)["record"]
        return found_detail

    def set_status(self, device: str, status: str) -> Record:
        """The device as Auvik sees it; `lastSeenTime` moves while it is online."""
        if status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(STATUSES)}")
        record, now = self._device(device), self._state.moment()
        seen = now if "online" in (status, record["attributes"]["onlineStatus"]) else None
        changes = {"onlineStatus": status, "lastModified": now} | ({"lastSeenTime": seen} if seen else {})
        return self._state.put("device", {**record, "attributes": {**record["attributes"], **changes}})

    def remove_device(self, device: str) -> Record:
        """The device is no longer listed. The vendor sends no event for it."""
        detail = self._state.row("detail", device)["record"]
        self._state.put("detail", detail, removed=True)
        return self._state.put("device", self._device(device), removed=True)

    def raise_alert(
        self, device: str, name: str, severity: str = "critical", description: str = "", interface: bool = False
    ) -> Record:
        """A new record of the alert history about the device, or about its interface."""
        if severity not in SEVERITIES:
            raise ValueError(f"severity must be one of {', '.join(SEVERITIES)}")
        kind, entity = LINK, device
        if interface:
            detail = self._state.row("detail", device)["record"]
            kind, entity = "interface", detail["relationships"]["interfaces"]["data"][0]["id"]
        return self._alert(tenant_of(self._device(device)), name, severity, "created", description, (kind, entity))

    def clear_alert(self, alert: str) -> Record:
        """The record of the clearing. The vendor's own record stays `created`, or is resolved in place."""
        raised = self._state.row("alert", alert)["record"]
        attributes = raised["attributes"]
        entity = raised["relationships"]["entity"]["data"]
        cleared = self._alert(
            tenant_of(raised),
            f"{attributes['name']} Cleared",
            attributes["severity"],
            "resolved",
            attributes["description"],
            (entity["type"], entity["id"]),
            definition=attributes["alertDefinitionId"],
        )
        related = {"type": "alert", "id": cleared["id"], "attributes": {"name": cleared["attributes"]["name"]}}
        status = "resolved" if self._state.behaviour.resolves_in_place else attributes["status"]
        linked = {**raised["relationships"], "relatedAlert": {"data": related}}
        self._state.put("alert", {**raised, "attributes": {**attributes, "status": status}, "relationships": linked})
        return cleared

    def dismiss_alert(self, alert: str) -> Record:
        """A person took the alert off the list."""
        record = self._state.row("alert", alert)["record"]
        return self._state.put("alert", {**record, "attributes": {**record["attributes"], "dismissed": True}})

    def open_alerts(self) -> list[Record]:
        """Raised, and neither cleared nor dismissed."""
        rows = self._state.records("alert")
        return [
            row
            for row in rows
            if row["attributes"]["status"] == "created"
            and not row["attributes"]["dismissed"]
            and "relatedAlert" not in row["relationships"]
        ]

    def devices(self) -> list[Record]:
        """All devices of all tenants."""
        return self._state.records("device")

    def _alert(
        self,
        tenant: str,
        name: str,
        severity: str,
        status: str,
        description: str,
        entity: tuple[str, str],
        definition: str | None = None,
    ) -> Record:
        state = self._state
        attributes = {
            "name": name,
            "severity": severity,
            "status": status,
            "alertDefinitionId": definition or key("152904822389880930", sum(name.encode())),
            "specificationId": f"-{200 + len(name)}",
            "detectedOn": state.moment(),
            "description": description or f"{name}.",
            "dismissed": False,
            "dispatched": True,
            "externalTicket": [],
        }
        related = {"tenant": state.tenant(tenant), "entity": {"data": {"type": entity[0], "id": entity[1]}}}
        record = {"type": "alert", "id": state.new_key("alert", tenant), "attributes": attributes}
        return state.put("alert", {**record, "relationships": related})

    def _device(self, device: str) -> Record:
        found: Record = self._state.row("device", device)["record"]
        return found


def _attributes(name: str, device_type: str, now: str) -> Record:
    return {
        "ipAddresses": [],
        "deviceName": name,
        "deviceType": device_type,
        "makeModel": "",
        "vendorName": "",
        "softwareVersion": "",
        "serialNumber": "",
        "description": "",
        "firmwareVersion": "",
        "lastModified": now,
        "lastSeenTime": now,
        "onlineStatus": "online",
    }


def _detail(device: str, tenant: Record, interface: Record) -> Record:
    discovery = dict.fromkeys(("snmp", "login", "wmi", "vmware"), "authorized")
    return {
        "type": "deviceDetail",
        "id": device,
        "attributes": {"discoveryStatus": discovery, "manageStatus": True, "trafficInsightsStatus": "notDetected"},
        "relationships": {
            "tenant": tenant,
            "connectedDevices": {"data": []},
            "interfaces": {"data": [{"type": "interface", "id": interface["id"]}]},
            "configurations": {"data": []},
            "components": {"data": []},
        },
    }
