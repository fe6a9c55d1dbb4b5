"""References that many kinds of record share."""

from desk_simulators.connectwise.records.resources.resource import Reference

COMPANY_REFERENCE = Reference(
    "company", ("id", "identifier", "name"), {"id": "id", "identifier": "identifier", "name": "name"}
)
CONTACT_REFERENCE = Reference("contact", ("id", "name"), {"id": "id", "name": "fullName"})
MEMBER_REFERENCE = Reference(
    "member", ("id", "identifier"), {"id": "id", "identifier": "identifier", "name": "fullName"}
)
