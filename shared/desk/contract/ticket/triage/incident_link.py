"""The dependence of a ticket on the major incident that it is a child of, by triage's slice alone."""

from __future__ import annotations

from desk.contract.ticket.triage.slice import TriageSlice

BY_INCIDENT = "by-incident"
"""The degree of a gate that the resolution of the ticket's incident meets."""
MASS_NOTICE = "mass-notice"
"""The degree of a gate that a mass notice of the ticket's incident meets, or what else meets it."""
RESOLVE_INCIDENT = "resolve the incident (resolve-incident), or detach the ticket from it (unlink-incident)"
"""The remedy of such a gate."""


def waits_for_incident(s: TriageSlice) -> bool:
    """Whether the ticket is a child of a major incident that is open."""
    return s.incident is not None and s.parent_resolved != s.incident


def fixed_by_incident(s: TriageSlice) -> bool:
    """Whether the fix of the ticket's attempt is that of its incident, and holds."""
    resolved = s.incident is not None and s.parent_resolved == s.incident
    return resolved and s.attempt.incident == s.incident and not s.attempt.failed


def follows_incident(s: TriageSlice) -> bool:
    """Whether the ticket ends with its incident: while that is open, and as long as its fix holds here."""
    return waits_for_incident(s) or fixed_by_incident(s)
