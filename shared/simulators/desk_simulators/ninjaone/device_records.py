"""Device records with every field of the contract, from a device of the world and its place in the tenant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.state import NinjaState, epoch
from desk_simulators.world import AGENT_KINDS, Device

NODE_CLASSES = {
    "workstation": "WINDOWS_WORKSTATION",
    "mac": "MAC",
    "server": "WINDOWS_SERVER",
    "firewall": "NMS_FIREWALL",
    "switch": "NMS_SWITCH",
    "access_point": "NMS_WAP",
}
KINDS = {node_class: kind for kind, node_class in NODE_CLASSES.items()}
POLICIES = {"workstation": 71, "mac": 72, "server": 73, "firewall": 74, "switch": 74, "access_point": 74}
ROLES = {"workstation": 1001, "mac": 1002, "server": 1003, "firewall": 1010, "switch": 1011, "access_point": 1012}


@dataclass(frozen=True, slots=True)
class Placement:
    """Owner of a device. `user` is written as Windows writes it, `DOMAIN\\user`; `owner_uid` is that of an end user."""

    organization_id: int
    location_id: int | None
    public_ip: str
    domain: str
    dns_suffix: str = ""
    user: str | None = None
    owner_uid: str | None = None


def device_record(state: NinjaState, number: int, device: Device, placement: Placement, created: datetime) -> Record:
    """All fields but the id. Lists leave out those that only the detail has; network devices have no agent's fields."""
    now, agent = state.now(), device.kind in AGENT_KINDS
    row: Record = {
        "uid": str(uuid5(NAMESPACE_OID, f"device:{number}")),
        "organizationId": placement.organization_id,
        "locationId": placement.location_id,
        **_classification(device),
        "approvalStatus": "APPROVED",
        "offline": False,
        **_names(device, placement),
        "created": epoch(created),
        "lastContact": epoch(now - timedelta(seconds=40)),
        "lastUpdate": epoch(now - timedelta(minutes=30)),
        "tags": [],
        "assignedOwnerUid": placement.owner_uid,
        "ipAddresses": [device.ip],
        "macAddresses": [device.mac],
        "publicIP": placement.public_ip,
        "notes": [],
        "deviceType": "AgentDevice" if agent else "NMSDevice",
    }
    return row | (_agent(state, device, placement) if agent else {})


def _names(device: Device, placement: Placement) -> Record:
    dns = f"{device.name}.{placement.dns_suffix}" if placement.dns_suffix else device.name
    short = device.name[:15].upper()
    return {"displayName": device.name, "systemName": device.name, "dnsName": dns, "netbiosName": short}


def _classification(device: Device) -> Record:
    policy = POLICIES[device.kind]
    return {
        "parentDeviceId": None,
        "nodeClass": NODE_CLASSES[device.kind],
        "nodeRoleId": ROLES[device.kind],
        "rolePolicyId": policy,
        "policyId": policy,
    }


def _agent(state: NinjaState, device: Device, placement: Placement) -> Record:
    """Fields that only a device with an agent has."""
    apple = device.kind == "mac"
    volume = {"name": "Macintosh HD", "driveLetter": None} if apple else {"name": "C:", "driveLetter": "C:"}
    return {
        "os": _operating_system(state, device, apple),
        "system": {
            "name": device.name,
            "manufacturer": device.maker,
            "model": device.model,
            "biosSerialNumber": device.serial,
            "serialNumber": device.serial,
            "domain": placement.domain,
            "virtualMachine": False,
        },
        "memory": {"capacity": 17_179_869_184},
        "processors": [{"architecture": "x64", "name": "8-core processor", "numCores": 8, "numLogicalCores": 16}],
        "volumes": [{**volume, "capacity": 511_000_000_000, "freeSpace": 204_000_000_000}],
        "lastLoggedInUser": placement.user,
        "logonTime": epoch(state.now() - timedelta(hours=2)) if placement.user else None,
    }


def _operating_system(state: NinjaState, device: Device, apple: bool) -> Record:
    return {
        "manufacturer": "Apple Inc." if apple else "Microsoft Corporation",
        "name": device.os,
        "architecture": "64-bit",
        "lastBootTime": epoch(state.now() - timedelta(days=3)),
        "buildNumber": "24F74" if apple else "22631",
        "releaseId": "15.5" if apple else "23H2",
        "needsReboot": False,
    }
