"""The status classes that the PSA may display for each status of the desk."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.ticket.ticket import Status

OPEN = frozenset({"open"})
ACCEPTED: Mapping[Status, frozenset[str]] = {
    Status.NEW: frozenset({"new", "open"}),
    Status.TRIAGED: frozenset({"new", "open"}),
    Status.WAITING: frozenset({"waiting-client", "waiting-vendor", "waiting-schedule", "waiting-internal"}),
    Status.RESOLVED: frozenset({"resolved", "closed"}),
    Status.CLOSED: frozenset({"closed"}),
    Status.CANCELLED: frozenset({"cancelled", "closed"}),
}
"""Every other phase and a hold take `OPEN`."""
