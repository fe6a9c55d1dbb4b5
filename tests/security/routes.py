"""Every route of every service: who may call it, and what keeps other clients' matters away from its callers.

This table is written by hand on purpose: a new route is open to nobody's eyes until somebody has entered it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from desk.decision.principal import Role
from desk.testing.matrix import PUBLIC, Matrix, Row


class Scope(Enum):
    """TICKET: 403 for another client's ticket. LIST: other clients' rows are left out. ROW: 404 for what concerns other
    clients only, other clients' parts of it are left out. WHOLE: 403 unless the caller's scope is every client. NONE:
    nothing of any client is shown.
    """

    TICKET = "ticket"
    LIST = "list"
    ROW = "row"
    WHOLE = "whole"
    NONE = "none"


class Guard(NamedTuple):
    """Role codes as in the tables of commands (None: public), and the scope."""

    roles: str | None
    scope: Scope


Routes = Mapping[str, Guard]
"""`METHOD /path` -> who may call it."""

READERS = "1 2 DI CO BI AM OC AU AD CI SV"
STAFF = "1 2 DI CO BI AM OC AU AD"
OPERATORS, WATCHERS = "AD", "AD AU SV"

EVERY_SERVICE: Routes = {
    "GET /tickets": Guard(READERS, Scope.LIST),
    "GET /tickets/{ticket}": Guard(READERS, Scope.TICKET),
    "GET /tickets/{ticket}/timeline": Guard(READERS, Scope.TICKET),
    "GET /facts/{topic}/{subject}": Guard("SV", Scope.WHOLE),
    "GET /exports/tickets": Guard(WATCHERS, Scope.WHOLE),
    "GET /exports/observations": Guard(WATCHERS, Scope.WHOLE),
    "GET /exports/facts": Guard(WATCHERS, Scope.WHOLE),
    "GET /exports/digests": Guard(WATCHERS, Scope.WHOLE),
    "GET /exports/chains": Guard(WATCHERS, Scope.WHOLE),
    "GET /status": Guard(WATCHERS, Scope.WHOLE),
    "GET /keys": Guard(WATCHERS, Scope.WHOLE),
    "POST /keys/accept-loss": Guard(OPERATORS, Scope.WHOLE),
    "GET /parked": Guard(WATCHERS, Scope.WHOLE),
    "GET /parked/{number}": Guard(WATCHERS, Scope.WHOLE),
    "POST /parked/{number}/retry": Guard(OPERATORS, Scope.WHOLE),
    "POST /parked/{number}/skip": Guard(OPERATORS, Scope.WHOLE),
    "GET /effects": Guard(WATCHERS, Scope.WHOLE),
    "GET /effects/{effect}": Guard(WATCHERS, Scope.WHOLE),
    "POST /effects/{effect}/retry": Guard(OPERATORS, Scope.WHOLE),
    "POST /effect-stops": Guard(OPERATORS, Scope.WHOLE),
    "POST /effect-starts": Guard(OPERATORS, Scope.WHOLE),
    "POST /views/{name}/rebuild": Guard(OPERATORS, Scope.WHOLE),
    "GET /policies": Guard(STAFF + " SV", Scope.NONE),
    "GET /policies/{policy}": Guard(STAFF + " SV", Scope.NONE),
    "POST /policies/{policy}": Guard("AD", Scope.WHOLE),
    "POST /policies/{policy}/changes": Guard("AD", Scope.WHOLE),
    "POST /policies/{policy}/retire": Guard("AD", Scope.WHOLE),
}


def commands(table: Mapping[str, str]) -> Routes:
    """Commands on a ticket: role codes -> names."""
    return {
        f"POST /tickets/{{ticket}}/{name}": Guard(roles, Scope.TICKET)
        for roles, names in table.items()
        for name in names.split()
    }


INTAKE: Routes = {
    "POST /tickets": Guard("1 2 DI SV", Scope.TICKET),
    "POST /imports": Guard("AD", Scope.WHOLE),
    "POST /psa/{instance}/callbacks": Guard(None, Scope.NONE),
    "POST /reconcile": Guard("AD CO SV", Scope.TICKET),
    "POST /clients/{client}/add-client": Guard("AD DI", Scope.WHOLE),
    "POST /clients/{client}/add-contact": Guard("AD DI", Scope.WHOLE),
    "POST /clients/{client}/add-device": Guard("AD DI", Scope.WHOLE),
    "POST /clients/{client}/add-agreement": Guard("AD DI", Scope.WHOLE),
    "POST /staff/{staff}/add-staff": Guard("AD DI", Scope.WHOLE),
    "POST /clients/{client}/confirm-mapping": Guard("AD CO DI", Scope.WHOLE),
    "POST /clients/{client}/withdraw-mapping": Guard("AD CO DI", Scope.WHOLE),
    "GET /would-write": Guard(STAFF, Scope.LIST),
    **commands(
        {
            "1 2": "replace-caller link-asset unlink-asset waive-asset",
            "1 2 DI": "restate-problem verify-caller reject-caller",
            "1 2 CO DI": "reply note",
            "CO DI": "change-kind split merge unmerge",
            "AD CO": "adopt-ticket",
            "CO": "clear-caller-hold",
        }
    ),
}
TRIAGE: Routes = {
    "GET /would-refuse": Guard(STAFF, Scope.LIST),
    "GET /incidents": Guard(STAFF, Scope.LIST),
    "GET /incidents/{incident}": Guard(STAFF, Scope.ROW),
    "POST /incidents": Guard("2 CO", Scope.WHOLE),
    "POST /incidents/{incident}/update-incident": Guard("2 CO", Scope.WHOLE),
    "POST /incidents/{incident}/record-mass-notice": Guard("2 CO", Scope.WHOLE),
    "POST /incidents/{incident}/resolve-incident": Guard("2 CO", Scope.WHOLE),
    "POST /incidents/{incident}/reopen-incident": Guard("2 CO", Scope.WHOLE),
    "POST /paging/{instance}/callbacks": Guard(None, Scope.NONE),
    **commands(
        {
            "1 2": "take start-work record-reproduction record-diagnostic start-fix record-fix revert-fix verify-fix"
            " open-session end-session review-changes review-security rule-out escalate link-incident unlink-incident"
            " fail-verification resolve",
            "1 2 SV": "check-known-incidents check-monitoring",
            "1 2 DI": "assess-priority wait resume judge-reply",
            "1 2 CO DI": "reopen",
            "2": "return-escalation",
            "2 CO": "override-priority",
            "2 CO OC SV": "page acknowledge judge-page",
            "2 CO DI": "queue assign unassign",
            "CO": "waive-verification",
            "CO DI": "cancel",
        }
    ),
}
SLA: Routes = {
    "GET /tickets/{ticket}/explain": Guard(STAFF + " CI", Scope.TICKET),
    "GET /tickets/{ticket}/explain.svg": Guard(STAFF + " CI", Scope.TICKET),
    "GET /breaches": Guard(STAFF, Scope.LIST),
    "GET /due": Guard(STAFF, Scope.LIST),
    "POST /what-if": Guard("AD AM CO", Scope.LIST),
    "GET /exports/sla": Guard(STAFF + " SV", Scope.LIST),
    "POST /exports/sla": Guard(STAFF + " SV", Scope.LIST),
    **commands({"CO": "explain-breach extend-target"}),
}
BILLING: Routes = {
    "GET /tickets/{ticket}/explain": Guard(STAFF, Scope.TICKET),
    **commands(
        {
            "1 2 BI": "log-time correct-time move-time",
            "1 2 BI SV": "confirm-time",
            "BI": "accept-time rate-by-hand record-invoice write-off",
        }
    ),
}
DOCS: Routes = commands(
    {
        "1 2": "document-resolution send-summary",
        "1 2 SV": "search-docs judge-hit",
        "1 2 CO": "raise-runbook-gap update-runbook-gap waive-runbook-gap raise-follow-up complete-follow-up"
        " drop-follow-up sign-off complete-closure",
        "1 2 CO DI": "close",
    }
)
SERVICES: Mapping[str, Routes] = {
    name: {**EVERY_SERVICE, **own}
    for name, own in {"intake": INTAKE, "triage": TRIAGE, "sla": SLA, "billing": BILLING, "docs": DOCS}.items()
}


def matrix(service: str) -> Matrix:
    """The table in the form in which desk.testing.matrix expands and checks it."""
    rows: dict[tuple[str, str], Row] = {}
    for route, (roles, scope) in SERVICES[service].items():
        method, path = route.split()
        scoped = scope in (Scope.TICKET, Scope.WHOLE)
        allowed = None if roles is None else frozenset(map(Role.parse, roles.split()))
        rows[method, path] = PUBLIC if allowed is None else Row(allowed, scoped)
    return rows
