"""The parameters of a world: the gates demanded, whether triage contests, whether sla has clocks, the status map."""

from __future__ import annotations

from collections.abc import Mapping

from desk.policies.book import PolicyBook, builtin
from desk.service.definition import Definition
from desk_intake.psa.ids import client_id, contact_id

from .psa import BOARD, COMPANY, CONTACT, STATUSES, TEAMS

INSTANCE = "psa-1"
CLIENT, CONTACT_ID = client_id(INSTANCE, COMPANY), contact_id(INSTANCE, CONTACT)
STATUS_MAP = {
    "default_kind": "incident",
    "boards": {
        BOARD: {
            "queue": "Service Desk",
            "teams": {team: queue for queue, team in TEAMS.items()},
            "statuses": {word: word for word in STATUSES},
            "write": {word: word for word in STATUSES},
        }
    },
    "priorities": {},
    "impacts": {},
    "urgencies": {},
}

SHORT = {"priority": "mandatory", "fix": "mandatory", "verification": "observed", "documented": "short"}
SHORT_PROFILE = {
    "incident": {**SHORT, "sign-off": "mandatory"},
    "quick": {"priority": "mandatory", "fix": "mandatory"},
    "cancelled": {"client-informed": "if-person-wrote"},
}


def loud(definitions: Mapping[str, Definition], clocks: bool) -> Mapping[str, Definition]:
    """In most worlds sla only listens: its clocks change no status, and take half of the time."""
    return definitions if clocks else {**definitions, "sla": Definition(owner="sla")}


def policies(definitions: Mapping[str, Definition], *, short: bool, enforced: bool) -> PolicyBook:
    book = PolicyBook({name: content for d in definitions.values() for name, content in d.policies.builtin.items()})
    profiles = SHORT_PROFILE if short else {k: {**v, "time": "-"} for k, v in builtin("gate-profile").items()}
    book.put("gate-profile", "2", profiles)
    book.put("write-back", "2", {"default": "everything"})
    book.put("status-map", "2", STATUS_MAP)
    if enforced:
        book.put("outside-mode", "2", {**builtin("outside-mode"), "default": "enforce"})
    return book
