"""Example ids, times and facts, shared by tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from desk.contract.event import Payload
from desk.contract.streams.people import ContactObserved
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.assets import AssetLinked
from desk.contract.ticket.intake.caller import CallerVerified
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import fix as fx

NAMESPACE = UUID("6d1f0c1e-7c1a-4b52-9a44-1d7a8c0f2b11")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICKET = "01957b3e-0000-7000-8000-000000000001"
CLIENT, CONTACT, DEVICE = "client-acme", "contact-pat", "device-ws-12"
TECHNICIAN, INSTANCE, RECORD = "tier1-tess", "examplemsp", "5123"


def opening(**changes: Any) -> i.TicketOpened:
    """An incident of Acme, opened by phone."""
    base: dict[str, Any] = {
        "kind": "incident",
        "profile": "1",
        "client": CLIENT,
        "contact": CONTACT,
        "channel": "phone",
        "opened_at": NOW,
        "problem": "VPN drops every ten minutes",
        "command": "open-1",
    }
    return i.TicketOpened(**{**base, **changes})


def contact(**changes: Any) -> ContactObserved:
    """Pat Doe of Acme, as observed in the PSA."""
    base: dict[str, Any] = {
        "revision": "1",
        "instance": "psa",
        "record": "611",
        "client": CLIENT,
        "active": True,
        "numbers_hash": "h",
        "full_name": "Pat Doe",
    }
    return ContactObserved(**{**base, **changes})


def verified(**changes: Any) -> CallerVerified:
    """The caller was matched to the contact, level 1."""
    base: dict[str, Any] = {
        "challenge": "challenge-1",
        "contact": CONTACT,
        "method": "match",
        "level": 1,
        "may": (),
        "contact_revision": "r1",
        "expires": NOW + timedelta(hours=8),
    }
    return CallerVerified(**{**base, **changes})


def tier(**changes: Any) -> i.ClientTierCaptured:
    """Acme is a gold client."""
    base: dict[str, Any] = {"client": CLIENT, "tier": "gold", "as_of": NOW, "agreement": "agreement-31", "version": "1"}
    return i.ClientTierCaptured(**{**base, **changes})


def linked(**changes: Any) -> AssetLinked:
    """The caller's workstation."""
    return AssetLinked(**{"link": "link-1", "device": DEVICE, **changes})


def assessed(**changes: Any) -> d.PriorityAssessed:
    """Medium impact, medium urgency: P3."""
    base: dict[str, Any] = {"impact": "medium", "urgency": "medium", "priority": "P3", "matrix_version": "1"}
    return d.PriorityAssessed(**{**base, "revision": 1, **changes})


def observed(seq: int, status_class: str, **changes: Any) -> psa.PsaObserved:
    """A status transition seen in the PSA."""
    base: dict[str, Any] = {
        "instance": INSTANCE,
        "record": RECORD,
        "source_seq": seq,
        "revision": f"r{seq}",
        "status_class": status_class,
        "psa_actor": "psa-member:jdoe",
        "via": "webhook",
        "changed": {"status": psa.Change(None, status_class)},
        "status_id": status_class,
        "mapping_version": "1",
    }
    return psa.PsaObserved(**{**base, **changes})


def ready_for_work() -> tuple[Payload, ...]:
    """Facts that meet gates 1 to 3 of an incident."""
    return opening(), verified(), tier(), linked(), assessed()


def resolved(**changes: Any) -> en.Resolved:
    """The cycle ended resolved."""
    return en.Resolved(**{"technician": TECHNICIAN, **changes})


def fixed(**changes: Any) -> fx.FixApplied:
    """A fix was applied."""
    return fx.FixApplied(**{"what": "set MTU 1400 on the tunnel", "where": "edge-1", **changes})
