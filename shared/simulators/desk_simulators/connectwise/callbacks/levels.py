"""Levels of a callback registration: type -> level -> path of the object's id in the record (contract 1.1)."""

from typing import Any

from desk_simulators.kit.table import Record, value_at

EVERYTHING = ""
"""The level `owner`: no object to compare with."""

LEVELS: dict[str, dict[str, str]] = {
    "ticket": {
        "owner": EVERYTHING,
        "board": "board/id",
        "project": "project/id",
        "phase": "phase/id",
        "status": "status/id",
        "ticket": "id",
        "integratortag": "integratorTags",
    },
    "time": {"owner": EVERYTHING, "company": "company/id", "time": "id"},
    "company": {
        "owner": EVERYTHING,
        "status": "status/id",
        "type": "types/id",
        "territory": "territory/id",
        "company": "id",
        "integratortag": "integratorTags",
    },
    "contact": {
        "owner": EVERYTHING,
        "type": "types/id",
        "territory": "territory/id",
        "company": "company/id",
        "contact": "id",
    },
    "configuration": {"owner": EVERYTHING, "type": "type/id", "status": "status/id", "configuration": "id"},
    "agreement": {"owner": EVERYTHING, "type": "type/id", "company": "company/id", "agreement": "id"},
    "member": {
        "owner": EVERYTHING,
        "location": "defaultLocation/id",
        "securityrole": "securityRole/id",
        "member": "id",
    },
    "schedule": dict.fromkeys(("owner", "status", "type", "location", "member", "schedule"), EVERYTHING),
    "activity": dict.fromkeys(("owner", "status", "type", "company", "activity"), EVERYTHING),
    "project": dict.fromkeys(("owner", "status", "board", "project"), EVERYTHING),
    **{
        name: {"owner": EVERYTHING}
        for name in ("invoice", "expense", "opportunity", "productcatalog", "purchaseorder", "site")
    },
}


def is_level(kind: object, level: object) -> bool:
    """Whether the vendor knows the level for the type; both are compared without case."""
    return str(level).lower() in LEVELS.get(str(kind).lower(), {})


def listens(entry: Record, record: Record) -> bool:
    """Whether a change of this record is within the entry's level."""
    path = LEVELS[entry["type"].lower()][entry["level"].lower()]
    return path == EVERYTHING or entry["objectId"] in _ids(record, path)


def _ids(record: Record, path: str) -> list[Any]:
    head, _, tail = path.partition("/")
    value = record.get(head)
    if isinstance(value, list):
        return [item.get(tail) if isinstance(item, dict) else item for item in value]
    return [value_at(record, path)]
