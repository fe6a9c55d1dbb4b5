"""The parameters of a world: the gates demanded, whether triage contests, whether sla has clocks."""

from __future__ import annotations

from collections.abc import Mapping

from desk.policies.book import PolicyBook, builtin
from desk.service.definition import Definition

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
    if enforced:
        book.put("outside-mode", "2", {**builtin("outside-mode"), "default": "enforce"})
    return book
