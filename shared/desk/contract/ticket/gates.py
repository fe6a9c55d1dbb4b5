"""The gates of a ticket: evidence that its profile demands before it may be resolved and closed.

A gate is a row of the workflow; a profile (policy `gate-profile`, owner triage) defines by kind how much each demands.
A verification that has expired counts: the steps that need a valid one check that themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from desk.contract.ticket import docs_gates as docs
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.fix import fits, remedy_of
from desk.contract.ticket.triage.incident_link import BY_INCIDENT, RESOLVE_INCIDENT, fixed_by_incident

Profile = Mapping[str, str]
"""Gate name -> how much is asked: `mandatory`, `automatic`, `observed`, `user-confirmed`, `if-raised`, ..., or `-`
for not asked.
"""


class Gate(NamedTuple):
    """One open gate: its name, the service that owns it, and the remedy."""

    gate: str
    owner: str
    remedy: str


PRIVILEGED = 2
"""The level of verification that a security ticket asks for."""

Check = Callable[[Ticket, str], bool]


def _caller(t: Ticket, asked: str) -> bool:
    caller = t.intake.caller
    if t.intake.tier is None or asked == "tier-only":
        return t.intake.tier is not None
    if caller is None or caller.contact != t.intake.contact:
        return False
    return asked != "level-2" or caller.level >= PRIVILEGED


def _asset(t: Ticket, asked: str) -> bool:
    return t.intake.asset is not None or t.intake.asset_waived is not None


def _priority(t: Ticket, asked: str) -> bool:
    return t.triage.priority is not None


def _about_asset(device: str | None, t: Ticket) -> bool:
    """Whether evidence is about the device linked now, or about none when the link was waived."""
    asset = t.intake.asset
    return device == (asset.device if asset else None)


def _incidents_checked(t: Ticket, asked: str) -> bool:
    evidence = t.triage.known_incidents
    return evidence is not None and _about_asset(evidence.subject, t)


def _reproduction(t: Ticket, asked: str) -> bool:
    """Whether the failure was reproduced on the linked device, with the profile of the ticket's requester."""
    evidence = t.triage.reproduction
    if evidence is None or not _about_asset(evidence.subject, t):
        return False
    return evidence.contact in (None, t.intake.contact)


def _changes(t: Ticket, asked: str) -> bool:
    evidence = t.triage.changes
    if evidence is None or not _about_asset(evidence.subject, t):
        return False
    return asked != "mandatory" or not t.triage.unreviewed_changes(evidence.subject)


def _security(t: Ticket, asked: str) -> bool:
    evidence = t.triage.security
    if evidence is None or not _about_asset(evidence.subject, t):
        return False
    return evidence.result != "found" or t.triage.security_reviewed == t.triage.security_snapshot


def _searched(t: Ticket, asked: str) -> bool:
    return any(search.client == t.intake.client for search in t.docs.searches.values())


def _fix(t: Ticket, asked: str) -> bool:
    if asked == BY_INCIDENT:
        return fixed_by_incident(t.triage)
    attempt = t.triage.attempt
    met = attempt.applied is not None and not attempt.failed and attempt.violation is None
    return met and fits(attempt.what, t.intake.kind)


def _verified(t: Ticket, asked: str) -> bool:
    attempt = t.triage.attempt
    if attempt.applied is None or attempt.failed:
        return False
    if attempt.waived is not None:
        return True
    return attempt.verified is not None and (attempt.how != "user-confirmed" or asked == "user-confirmed")


def _monitored(t: Ticket, asked: str) -> bool:
    attempt, asset = t.triage.attempt, t.intake.asset
    if attempt.checked is None or attempt.failed:
        return False
    return attempt.checked_device in (None, asset.device if asset else "")


def _survey(t: Ticket, asked: str) -> bool:
    return t.intake.contact is not None


def _time(t: Ticket, asked: str) -> bool:
    return t.billing.confirmed(t.cycle)


class Row(NamedTuple):
    """One row of the workflow: its owner, its check, and the remedy that a refusal names."""

    owner: str
    check: Check
    remedy: str


RESOLVE: dict[str, Row] = {
    "caller": Row("intake", _caller, "verify the caller (verify-caller); the client's tier is captured with it"),
    "asset": Row("intake", _asset, "link the asset (link-asset) or waive it for a listed reason"),
    "priority": Row("triage", _priority, "assess impact and urgency (assess-priority)"),
    "known-incidents": Row(
        "triage", _incidents_checked, "known incidents of this asset; happens by itself once the asset is linked"
    ),
    "reproduction": Row("triage", _reproduction, "reproduce on the user's own profile (record-reproduction)"),
    "changes": Row(
        "triage",
        _changes,
        "collect the device's changes; happens by itself once the asset is linked, if mandatory with review-changes",
    ),
    "security": Row(
        "triage",
        _security,
        "endpoint security of the device; happens by itself once the asset is linked, detections need review-security",
    ),
    "documentation": Row("docs", _searched, "this client's documentation; searched by itself once the asset is linked"),
    "fix": Row("triage", _fix, "record the fix of this attempt (record-fix)"),
    "verification": Row("triage", _verified, "watch the failing action succeed (verify-fix), or have it waived"),
    "monitoring": Row("triage", _monitored, "monitoring after the fix; happens by itself once the fix is recorded"),
    "documented": Row("docs", docs.documented, "document cause and actions of the newest fix (document-resolution)"),
}
"""Resolve gates, rows 1-15 of the workflow, in its order."""

CLOSE: dict[str, Row] = {
    "documented": RESOLVE["documented"],
    "client-informed": Row("docs", docs.client_informed, "send the client summary of the newest fix (send-summary)"),
    "survey": Row("intake", _survey, "name the contact that can be surveyed (replace-caller)"),
    "time": Row("billing", _time, "confirm the time, zero with a reason (confirm-time)"),
    "runbook": Row("docs", docs.runbook, "update or waive the runbook gap (waive-runbook-gap: no gap)"),
    "sign-off": Row("docs", docs.signed, "the technician signs off (sign-off)"),
}
"""Close gates, rows 15-21 of the workflow, in its order."""


def open_gates(rows: Mapping[str, Row], t: Ticket, profile: Profile) -> tuple[Gate, ...]:
    """The gates that the profile demands and that are not met, in the order of the workflow."""
    asked = ((name, row, profile.get(name, "-")) for name, row in rows.items())
    missing = ((name, row, how) for name, row, how in asked if how != "-" and not row.check(t, how))
    return tuple(Gate(name, row.owner, _remedy(name, row, how, t)) for name, row, how in missing)


def _remedy(name: str, row: Row, asked: str, t: Ticket) -> str:
    """The remedy of an open gate. A recorded fix that broke a rule is not recorded a second time."""
    if asked == BY_INCIDENT:
        return RESOLVE_INCIDENT
    attempt = t.triage.attempt
    if name != "fix" or attempt.failed or attempt.violation is None:
        return row.remedy
    return remedy_of(attempt.violation)
