"""Device filter `df`: the part of its grammar that public clients use, such as `org = 1 AND class in (MAC)`.

The vendor's grammar is not published; anything else is refused, so that no caller takes an ignored filter for one
that matched.
"""

import re
from collections.abc import Callable

from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.errors import bad_value

FIELDS = {
    "id": "id",
    "org": "organizationId",
    "loc": "locationId",
    "location": "locationId",
    "role": "nodeRoleId",
    "class": "nodeClass",
    "status": "approvalStatus",
}
TERM = re.compile(
    r"(?P<field>[a-z]+)\s*(?:(?P<op>=|!=|\beq\b|\bne\b)\s*(?P<value>[\w-]+)|(?P<word>notin|in)\s*\((?P<list>[^()]*)\))",
    re.IGNORECASE,
)
Predicate = Callable[[Record], bool]


def device_filter(text: str) -> Predicate:
    """A test of device records. Raises the API's 400 for a text outside the grammar."""
    if not text.strip():
        return lambda device: True
    tests = [_term(part.strip()) for part in re.split(r"\s+AND\s+", text.strip(), flags=re.IGNORECASE)]
    return lambda device: all(test(device) for test in tests)


def _term(text: str) -> Predicate:
    if text.lower() in ("online", "offline"):
        offline = text.lower() == "offline"
        return lambda device: bool(device["offline"]) is offline
    found = TERM.fullmatch(text)
    if found is None or found["field"].lower() not in FIELDS:
        raise bad_value("df", f"cannot read {text!r}; fields: {', '.join(FIELDS)}, online, offline")
    name = FIELDS[found["field"].lower()]
    given = [found["value"]] if found["value"] else found["list"].split(",")
    values = {value.strip().upper() for value in given}
    wanted = (found["op"] or found["word"]).lower() in ("=", "eq", "in")
    return lambda device: (str(device.get(name)).upper() in values) is wanted
