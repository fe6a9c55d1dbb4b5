"""Initial records of the tenant, from the shared world: organisations, devices, and two weeks of history."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import NAMESPACE_OID, uuid5

from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.device_records import Placement, device_record
from desk_simulators.ninjaone.fleet import Fleet
from desk_simulators.ninjaone.state import NinjaState
from desk_simulators.world import AGENT_KINDS, Client, Device, Person, Technician, world

VENDOR = "ninjaone"
FIRST_ACTIVITY = 980_000
FIRST_DEVICE = 5_200
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


def _event(state: NinjaState, days: float, act: Callable[..., Record], *values: object, **options: object) -> Event:
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
    person = client.person(device.user) if device.user else None
    site = client.site(device.site)
    placement = Placement(
        organization_id=client.ids[VENDOR],
        location_id=site.ids[VENDOR],
        public_ip=site.public_ip,
        domain=client.netbios,
        dns_suffix=f"{client.key.lower()}.local",
        user=f"{client.netbios}\\{person.key}" if person else None,
        owner_uid=user_uid(person.ids[VENDOR]) if person else None,
    )
    enrolled = state.now() - timedelta(days=400)
    return {"id": device.ids[VENDOR], **device_record(state, device.ids[VENDOR], device, placement, enrolled)}


def user_uid(number: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"user:{number}"))
