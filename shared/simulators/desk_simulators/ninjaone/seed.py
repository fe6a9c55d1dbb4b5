"""Initial records of the tenant, from the shared world: organisations, devices, and two weeks of history."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.fleet import Fleet
from desk_simulators.ninjaone.state import NinjaState, epoch
from desk_simulators.world import AGENT_KINDS, Client, Device, Person, Technician, world

VENDOR = "ninjaone"
FIRST_ACTIVITY = 980_000
FIRST_DEVICE = 5_200
NODE_CLASSES = {
    "workstation": "WINDOWS_WORKSTATION",
    "mac": "MAC",
    "server": "WINDOWS_SERVER",
    "firewall": "NMS_FIREWALL",
    "switch": "NMS_SWITCH",
    "access_point": "NMS_WAP",
}
POLICIES = {"workstation": 71, "mac": 72, "server": 73, "firewall": 74, "switch": 74, "access_point": 74}
ROLES = {"workstation": 1001, "mac": 1002, "server": 1003, "firewall": 1010, "switch": 1011, "access_point": 1012}
PATCHES = (
    ("2026-05 Cumulative Update for Windows 11 23H2 (KB5099001)", "KB5099001", "INSTALLED", 12),
    ("2026-05 .NET Framework Update (KB5099020)", "KB5099020", "FAILED", 5),
    ("2026-06 Cumulative Update for Windows 11 23H2 (KB5101002)", "KB5101002", "INSTALLED", 2),
    ("2026-06 Servicing Stack Update (KB5101100)", "KB5101100", "APPROVED", 1),
)
PAST_ALERT = (5111, "Memory", "Memory use above 95 %", "MINOR", "LOW", "CONDITION_AGENT_MEMORY")
OPEN_ALERT = (5107, "Disk space", "Disk free space on D: below 5 %")
Event = tuple[datetime, Callable[[], object]]
"""An instant, and the act to carry out then."""


def seed(state: NinjaState) -> None:
    """Fill an empty state; the history ends at the present instant. Listeners are called, so register them later."""
    for client in world().clients:
        _organization(state, client)
    for technician in world().technicians:
        state.put("user", _technician(technician))
    for client, device in world().having(VENDOR):
        state.put("device", _device(state, client, device))
    state.table("device").start_after(FIRST_DEVICE)
    state.table("activity").start_after(FIRST_ACTIVITY)
    for _, act in sorted(_events(state), key=lambda event: event[0]):
        act()


def _events(state: NinjaState) -> Iterator[Event]:
    """The past two weeks; carried out in order, so that activity ids ascend with time."""
    fleet = Fleet(state)
    for number, (_, device) in enumerate(world().having(VENDOR)):
        if device.kind in AGENT_KINDS:
            yield from _device_events(state, device, number)
    yield _event(state, 3.0, fleet.raise_alert, *PAST_ALERT)
    yield _event(state, 2.9, lambda at: fleet.reset_alert(next(iter(state.table("alert")))["uid"], at=at))
    yield _event(state, 0.2, fleet.raise_alert, *OPEN_ALERT)


def _device_events(state: NinjaState, device: Device, number: int) -> Iterator[Event]:
    """Software for every device; patches for Windows; a reboot two days ago for every third device."""
    fleet, found = Fleet(state), device.ids[VENDOR]
    yield _event(state, 13, fleet.install_software, found, "7-Zip", "24.08", "Igor Pavlov", 5_400_000)
    if device.kind == "mac":
        return
    for name, kb, status, days in PATCHES:
        yield _event(state, days, fleet.install_os_patch, found, name, kb, status=status)
    yield _event(state, 4, fleet.install_software_patch, found, "Mozilla Firefox 127.0", "Mozilla Firefox")
    if number % 3 == 0:
        yield _event(state, 2, fleet.reboot, found)


def _event(state: NinjaState, days: float, act: Callable[..., Record], *values: Any, **options: Any) -> Event:
    at = state.now() - timedelta(days=days)
    return at, partial(act, *values, at=at.isoformat(), **options)


def _organization(state: NinjaState, client: Client) -> None:
    number = client.ids[VENDOR]
    state.put(
        "organization",
        {
            "id": number,
            "name": client.name,
            "description": f"{client.contract} client",
            "userData": {},
            "nodeApprovalMode": "AUTOMATIC",
            "tags": [],
            "fields": {},
        },
    )
    for site in client.sites:
        place = {"id": site.ids[VENDOR], "organizationId": number, "name": site.name, "address": site.address}
        state.put("location", {**place, "description": "", "userData": {}, "tags": [], "fields": {}})
    for person in client.people:
        state.put("user", _end_user(client, person))


def _user(number: int, first: str, last: str, email: str, phone: str | None) -> Record:
    return {
        "id": number,
        "uid": user_uid(number),
        "firstName": first,
        "lastName": last,
        "email": email,
        "phone": phone,
        "enabled": True,
        "permitAllClients": False,
        "notifyAllClients": False,
        "mustChangePw": False,
        "mfaConfigured": True,
        "invitationStatus": "REGISTERED",
    }


def _technician(technician: Technician) -> Record:
    mail = f"{technician.key}@{world().domain}"
    user = _user(technician.ids[VENDOR], technician.first, technician.last, mail, None)
    return {**user, "permitAllClients": True, "administrator": technician.key == "jdoe", "userType": "TECHNICIAN"}


def _end_user(client: Client, person: Person) -> Record:
    owned = [device.ids[VENDOR] for device in client.devices if device.user == person.key and VENDOR in device.ids]
    user = _user(person.ids[VENDOR], person.first, person.last, client.mail(person), person.phone)
    links = {"organizationId": client.ids[VENDOR], "deviceIds": owned, "assignedDeviceIds": owned}
    return {**user, "enabled": not person.left, "administrator": False, "userType": "END_USER", **links}


def _device(state: NinjaState, client: Client, device: Device) -> Record:
    """All fields; lists leave out those that only the detail has. Network devices have no agent's fields."""
    now, number = state.now(), device.ids[VENDOR]
    site = client.site(device.site)
    person = client.person(device.user) if device.user else None
    row: Record = {
        "id": number,
        "uid": str(uuid5(NAMESPACE_OID, f"device:{number}")),
        "organizationId": client.ids[VENDOR],
        "locationId": site.ids[VENDOR],
        **_classification(device),
        "approvalStatus": "APPROVED",
        "offline": False,
        "displayName": device.name,
        "systemName": device.name,
        "dnsName": f"{device.name}.{client.key.lower()}.local",
        "netbiosName": device.name[:15].upper(),
        "created": epoch(now - timedelta(days=400)),
        "lastContact": epoch(now - timedelta(seconds=40)),
        "lastUpdate": epoch(now - timedelta(minutes=30)),
        "tags": [],
        "assignedOwnerUid": user_uid(person.ids[VENDOR]) if person else None,
        "ipAddresses": [device.ip],
        "macAddresses": [device.mac],
        "publicIP": site.public_ip,
        "notes": [],
        "deviceType": "AgentDevice" if device.kind in AGENT_KINDS else "NMSDevice",
    }
    return row | (_agent(state, client, device, person) if device.kind in AGENT_KINDS else {})


def _classification(device: Device) -> Record:
    policy = POLICIES[device.kind]
    return {
        "parentDeviceId": None,
        "nodeClass": NODE_CLASSES[device.kind],
        "nodeRoleId": ROLES[device.kind],
        "rolePolicyId": policy,
        "policyId": policy,
    }


def _agent(state: NinjaState, client: Client, device: Device, person: Person | None) -> Record:
    """Fields that only a device with an agent has."""
    now, apple = state.now(), device.kind == "mac"
    return {
        "os": {
            "manufacturer": "Apple Inc." if apple else "Microsoft Corporation",
            "name": device.os,
            "architecture": "64-bit",
            "lastBootTime": epoch(now - timedelta(days=3)),
            "buildNumber": "24F74" if apple else "22631",
            "releaseId": "15.5" if apple else "23H2",
            "needsReboot": False,
        },
        "system": {
            "name": device.name,
            "manufacturer": device.maker,
            "model": device.model,
            "biosSerialNumber": device.serial,
            "serialNumber": device.serial,
            "domain": client.netbios,
            "virtualMachine": False,
        },
        "memory": {"capacity": 17_179_869_184},
        "processors": [{"architecture": "x64", "name": "8-core processor", "numCores": 8, "numLogicalCores": 16}],
        "volumes": [{"name": "C:", "driveLetter": "C:", "capacity": 511_000_000_000, "freeSpace": 204_000_000_000}],
        "lastLoggedInUser": f"{client.netbios}\\{person.key}" if person else None,
        "logonTime": epoch(now - timedelta(hours=2)) if person else None,
    }


def user_uid(number: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"user:{number}"))
