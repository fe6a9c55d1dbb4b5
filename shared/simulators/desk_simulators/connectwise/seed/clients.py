"""Members of the simulated MSP and its four clients with people, machines and agreements."""

from typing import Any

from desk_simulators.kit.table import Record

_MEMBERS = (
    (201, "jdoe", "Jamie", "Doe", "Service Desk Technician", "F"),
    (202, "mlopez", "Maria", "Lopez", "Service Desk Technician", "F"),
    (203, "asingh", "Arjun", "Singh", "Service Coordinator", "F"),
    (204, "tbauer", "Tobias", "Bauer", "Network Engineer", "F"),
    (205, "kowens", "Kim", "Owens", "Network Engineer", "X"),
    (243, "DeskAPI", "Deskstream", "Integration", "Integration", "A"),
)
_COMPANIES = (
    (250, "ACME", "Acme Ltd", "Managed", 1),
    (251, "NORTHWIND", "Northwind Clinic", "Managed", 1),
    (252, "BLUEHARBOR", "Blue Harbor Logistics", "Block hours", 1),
    (253, "OLDMILL", "Old Mill Foods", "Time and material", 2),
)
_CONTACTS = (
    (611, "Pat", "Doe", 250, "Office Manager", "pat.doe@acme.example", "+15550100111", False),
    (612, "Robin", "Hale", 250, "Finance Director", "robin.hale@acme.example", "+15550100112", False),
    (613, "Sam", "Ito", 250, "Sales", "sam.ito@acme.example", "+15550100113", True),
    (614, "Dana", "Reyes", 251, "Practice Manager", "dana.reyes@northwind.example", "+15550100121", False),
    (615, "Lee", "Novak", 251, "Physician", "lee.novak@northwind.example", "+15550100122", False),
    (616, "Mina", "Okafor", 251, "Reception", "mina.okafor@northwind.example", "+15550100123", False),
    (617, "Chris", "Vale", 252, "Operations", "chris.vale@blueharbor.example", "+15550100131", False),
    (618, "Ana", "Petrov", 252, "Dispatch", "ana.petrov@blueharbor.example", "+15550100132", False),
    (619, "Jo", "Marsh", 252, "Warehouse", "jo.marsh@blueharbor.example", "+15550100133", False),
    (620, "Tess", "Quinn", 253, "Owner", "tess.quinn@oldmill.example", "+15550100141", False),
    (621, "Noel", "Brandt", 253, "Production", "noel.brandt@oldmill.example", "+15550100142", False),
    (622, "Ida", "Lund", 253, "Accounting", "ida.lund@oldmill.example", "+15550100143", False),
)
_CONFIGURATIONS = (
    (701, "ACME-WS-014", "Managed Workstation", 250, 611, "10.10.1.14", "Windows 11 Pro"),
    (702, "ACME-DC01", "Managed Server", 250, None, "10.10.1.2", "Windows Server 2022"),
    (703, "ACME-FW01", "Managed Network Device", 250, None, "10.10.1.1", "FortiOS"),
    (704, "NW-WS-003", "Managed Workstation", 251, 616, "10.20.1.3", "Windows 11 Pro"),
    (705, "NW-EHR01", "Managed Server", 251, None, "10.20.1.5", "Windows Server 2019"),
    (706, "BH-SW-02", "Managed Network Device", 252, None, "10.30.1.12", "IOS-XE"),
    (707, "BH-WS-021", "Managed Workstation", 252, 618, "10.30.1.21", "Windows 11 Pro"),
    (708, "OM-WS-001", "Managed Workstation", 253, 620, "10.40.1.1", "macOS 15"),
)
_AGREEMENTS = (
    (31, "Managed Services", "Managed", 250, 612, None, 2400.0),
    (32, "Managed Services", "Managed", 251, 614, None, 3100.0),
    (33, "Block of 40 hours", "Block Time", 252, 617, 40.0, 5200.0),
)


def _contact(row: tuple[int, str, str, int, str, str, str, bool]) -> Record:
    number, first, last, company, title, email, phone, inactive = row
    kinds: list[dict[str, Any]] = [
        {"id": 1, "value": email, "communicationType": "Email", "domain": f"@{email.partition('@')[2]}"},
        {"id": 2, "value": phone, "communicationType": "Phone"},
    ]
    return {
        "id": number,
        "firstName": first,
        "lastName": last,
        "company": company,
        "title": title,
        "inactiveFlag": inactive,
        "portalSecurityLevel": 1,
        "communicationItems": [{**kind, "defaultFlag": True} for kind in kinds],
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
        {
            "id": number,
            "identifier": identifier,
            "firstName": first,
            "lastName": last,
            "title": title,
            "licenseClass": license_class,
            "inactiveFlag": False,
            "officeEmail": f"{identifier.lower()}@examplemsp.example",
            "timeZone": {"id": 1, "name": "US Eastern"},
        }
        for number, identifier, first, last, title, license_class in _MEMBERS
    ],
    "company_status": [
        {"id": 1, "name": "Active", "defaultFlag": True, "inactiveFlag": False},
        {"id": 2, "name": "Credit Hold", "defaultFlag": False, "inactiveFlag": False},
        {"id": 3, "name": "Inactive", "defaultFlag": False, "inactiveFlag": True},
    ],
    "company": [
        {"id": number, "identifier": code, "name": name, "types": [{"id": 1, "name": kind}], "status": status}
        for number, code, name, kind, status in _COMPANIES
    ],
    "contact": [_contact(row) for row in _CONTACTS],
    "configuration": [
        {
            "id": number,
            "name": name,
            "type": {"id": 1, "name": kind},
            "status": {"id": 1, "name": "Active"},
            "company": company,
            "contact": contact,
            "deviceIdentifier": f"dev-{number}",
            "serialNumber": f"SN{number:06d}",
            "ipAddress": address,
            "osType": system,
        }
        for number, name, kind, company, contact, address, system in _CONFIGURATIONS
    ],
    "agreement": [_agreement(row) for row in _AGREEMENTS],
    "addition": [{"id": 1, "agreementId": 31, "product": {"id": 1, "identifier": "M365-BP"}, "quantity": 25}],
}
