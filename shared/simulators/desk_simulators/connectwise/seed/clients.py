"""Members of the simulated MSP and its clients with people, machines and agreements, from the shared world."""

from typing import Any

from desk_simulators.kit.table import Record
from desk_simulators.world import Client, Device, Person, world

VENDOR = "connectwise"
API_MEMBER = (243, "DeskAPI", "Deskstream", "Integration", "Integration", "A")
CONFIGURATION_TYPES = {
    "workstation": "Managed Workstation",
    "mac": "Managed Workstation",
    "server": "Managed Server",
    "firewall": "Managed Network Device",
    "switch": "Managed Network Device",
    "access_point": "Managed Network Device",
}
_AGREEMENTS = (
    (31, "Managed Services", "Managed", 250, 612, None, 2400.0),
    (32, "Managed Services", "Managed", 251, 614, None, 3100.0),
    (33, "Block of 40 hours", "Block Time", 252, 617, 40.0, 5200.0),
    (34, "Managed Services", "Managed", 254, 623, None, 1800.0),
    (35, "Managed Services", "Managed", 255, 625, None, 2200.0),
)


def _member(number: int, identifier: str, first: str, last: str, title: str, license_class: str) -> Record:
    return {
        "id": number,
        "identifier": identifier,
        "firstName": first,
        "lastName": last,
        "title": title,
        "licenseClass": license_class,
        "inactiveFlag": False,
        "officeEmail": f"{identifier.lower()}@{world().domain}",
        "timeZone": {"id": 1, "name": "US Eastern"},
    }


def _company(client: Client) -> Record:
    return {
        "id": client.ids[VENDOR],
        "identifier": client.key,
        "name": client.name,
        "types": [{"id": 1, "name": client.contract}],
        "status": 2 if client.credit_hold else 1,
    }


def _contact(client: Client, person: Person) -> Record:
    kinds: list[dict[str, Any]] = [
        {"id": 1, "value": client.mail(person), "communicationType": "Email", "domain": f"@{client.domain}"},
        {"id": 2, "value": person.phone, "communicationType": "Phone"},
    ]
    return {
        "id": person.ids[VENDOR],
        "firstName": person.first,
        "lastName": person.last,
        "company": client.ids[VENDOR],
        "title": person.title,
        "inactiveFlag": person.left,
        "portalSecurityLevel": 1,
        "communicationItems": [{**kind, "defaultFlag": True} for kind in kinds],
    }


def _configuration(client: Client, device: Device) -> Record:
    number = device.ids[VENDOR]
    return {
        "id": number,
        "name": device.name,
        "type": {"id": 1, "name": CONFIGURATION_TYPES[device.kind]},
        "status": {"id": 1, "name": "Active"},
        "company": client.ids[VENDOR],
        "contact": client.person(device.user).ids[VENDOR] if device.user else None,
        "deviceIdentifier": f"dev-{number}",
        "serialNumber": device.serial,
        "ipAddress": device.ip,
        "osType": device.os,
    }


def _agreement(row: tuple[int, str, str, int, int, float | None, float]) -> Record:
    number, name, kind, company, contact, hours, amount = row
    return {
        "id": number,
        "name": name,
        "type": {"id": number, "name": kind},
        "company": company,
        "contact": contact,
        "startDate": "2025-01-01T00:00:00Z",
        "applicationUnits": "Hours",
        "applicationLimit": hours,
        "applicationUnlimitedFlag": hours is None,
        "coverAgreementTime": True,
        "billTime": "NoCharge" if hours is None else "Billable",
        "billAmount": amount,
    }


TABLES: dict[str, list[Record]] = {
    "member": [
        *(_member(t.ids[VENDOR], t.key, t.first, t.last, t.title, t.license) for t in world().technicians),
        _member(*API_MEMBER),
    ],
    "company_status": [
        {"id": 1, "name": "Active", "defaultFlag": True, "inactiveFlag": False},
        {"id": 2, "name": "Credit Hold", "defaultFlag": False, "inactiveFlag": False},
        {"id": 3, "name": "Inactive", "defaultFlag": False, "inactiveFlag": True},
    ],
    "company": [_company(client) for client in world().clients],
    "contact": [_contact(client, person) for client in world().clients for person in client.people],
    "configuration": [_configuration(client, device) for client, device in world().having(VENDOR)],
    "agreement": [_agreement(row) for row in _AGREEMENTS],
    "addition": [{"id": 1, "agreementId": 31, "product": {"id": 1, "identifier": "M365-BP"}, "quantity": 25}],
}
