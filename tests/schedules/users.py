"""People at the desk: what they may send to which service, with bodies that the services really read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from desk.contract.streams.client import Client
from desk.contract.streams.person import Contact, Person
from desk.contract.ticket.gates import CLOSE, RESOLVE, open_gates
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import Command
from desk.decision.policies.triage import GateProfile
from desk.decision.principal import Role
from desk.decision.reads import Found
from desk_billing.decisions.entries import ELSEWHERE
from desk_intake.decisions.opening import DESTINATION, OPEN_TICKETS
from desk_triage.decisions.attempts.fix import NAMED

from .scenario import CLIENT, CONTACT_ID

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_STATES = {
    CLIENT: Client(revision="1", active=True, tiers=((LONG_AGO, "gold"),)),
    CONTACT_ID: Person(contact=Contact(revision="1", client=CLIENT, active=True)),
}
FOUND = Found(CLIENT, _STATES, {OPEN_TICKETS.name: (), DESTINATION.name: None, ELSEWHERE.name: (), NAMED.name: ()})
ROLES = frozenset({Role.TIER1, Role.TIER2, Role.DISPATCHER, Role.COORDINATOR})
PEOPLE = ("tess", "omar")
WORKS = ("not", "intermittent", "reproduced")


class Wish(NamedTuple):
    """A command that somebody may want: service, command, and its body's fields from a random number."""

    service: str
    command: str
    fields: Callable[[int], dict[str, Any]] = lambda _: {}


def _reproduction(n: int) -> dict[str, Any]:
    seen = {"on_profile": True, "on_network": True, "on_permissions": True}
    return {"result": WORKS[n % 3], **seen, "steps": "connect", "observed": "drops"}


def _documented(n: int) -> dict[str, Any]:
    actions = (f"set MTU {1300 + n % 3}",)
    return {"root_cause": "MTU too big", "actions": actions, "symptom": "vpn", "none_found": True}


CODES = ("configuration", "network", "withdrawn")
WISHES: tuple[Wish, ...] = (
    Wish("intake", "verify-caller", lambda n: {"contact": CONTACT_ID, "method": "match"}),
    Wish("intake", "waive-asset", lambda n: {"reason": "cloud-service"}),
    Wish("intake", "reply", lambda n: {"text": "we look into it"}),
    Wish("intake", "note", lambda n: {"text": "called back"}),
    Wish("intake", "change-kind", lambda n: {"kind": ("incident", "quick")[n % 2], "reason": "smaller"}),
    Wish("triage", "assess-priority", lambda n: {"impact": "medium", "urgency": ("low", "medium")[n % 2]}),
    Wish("triage", "override-priority", lambda n: {"priority": ("P3", "P4")[n % 2], "reason": "agreed"}),
    Wish("triage", "queue", lambda n: {"queue": ("Service Desk", "Network")[n % 2]}),
    Wish("triage", "assign", lambda n: {"technician": PEOPLE[n % 2]}),
    Wish("triage", "unassign"),
    Wish("triage", "take"),
    Wish("triage", "start-work"),
    Wish("triage", "record-reproduction", _reproduction),
    Wish("triage", "record-diagnostic", lambda n: {"what": "ping", "result": "lost"}),
    Wish("triage", "wait", lambda n: {"on": ("vendor", "internal")[n % 2], "reference": "case 7"}),
    Wish("triage", "resume"),
    Wish("triage", "start-fix"),
    Wish("triage", "record-fix", lambda n: {"what": "set MTU"}),
    Wish("triage", "revert-fix", lambda n: {"why": "worse"}),
    Wish("triage", "verify-fix", lambda n: {"how": "observed", "where": "monitor"}),
    Wish(
        "triage",
        "fail-verification",
        lambda n: {"what_failed": "drops", "seen_by": "pat", "route": ("diagnosis", "tier2")[n % 2]},
    ),
    Wish("triage", "waive-verification", lambda n: {"reason": "user-left"}),
    Wish("triage", "resolve"),
    Wish("triage", "cancel", lambda n: {"reason": "withdrawn"}),
    Wish(
        "triage", "reopen", lambda n: {"cause": "client", "notes": "again", "route": ("diagnosis", "tier2")[n % 2]}
    ),
    Wish("docs", "document-resolution", _documented),
    Wish("docs", "send-summary", lambda n: {"text": f"We changed the tunnel, take {n % 3}."}),
    Wish("docs", "waive-runbook-gap"),
    Wish("docs", "sign-off"),
    Wish("docs", "close", lambda n: {"code": CODES[n % 3]}),
    Wish("docs", "complete-closure", lambda n: {"code": CODES[n % 2]}),
)  # fmt: skip
"""Everything that somebody may want at any time, whether it makes sense or not."""

REMEDIES = {
    "caller": "verify-caller",
    "asset": "waive-asset",
    "priority": "assess-priority",
    "reproduction": "record-reproduction",
    "fix": "record-fix",
    "verification": "verify-fix",
    "documented": "document-resolution",
    "client-informed": "send-summary",
    "runbook": "waive-runbook-gap",
    "sign-off": "sign-off",
}
"""Open gate -> the command that meets it."""
BY_NAME = {wish.command: wish for wish in WISHES}
DELIBERATE = ("reopen", "cancel", "wait", "resume", "fail-verification", "queue")


def next_step(ticket: Ticket, profiles: GateProfile, n: int) -> Wish:
    """The next act of a person who works towards the end of `ticket`; occasionally a random act."""
    if n % 5 == 0:
        return BY_NAME[DELIBERATE[n // 5 % len(DELIBERATE)]]
    end = ticket.triage.end
    rows = RESOLVE if end is None else CLOSE
    profile = profiles.of_ticket(ticket, cancelled=end is not None and end.kind == "cancelled")
    for gate in open_gates(rows, ticket, profile):
        if gate.gate in REMEDIES:
            return BY_NAME[REMEDIES[gate.gate]]
    return BY_NAME["resolve" if end is None else "close" if ticket.cycle not in ticket.docs.closed else "reopen"]


def body_of(command: Command, wish: Wish, cycle: int, n: int) -> Any:
    """The command's body, naming the cycle that its author saw."""
    return command.body.model_validate({"cycle": cycle, **wish.fields(n)})
