"""Tickets of each kind over HTTP: an alert that clears itself, a request, and kinds that refuse what others have."""

from __future__ import annotations

from typing import Any

import pytest

from desk.decision.principal import Role
from desk.testing import controls as c

from .people import Desk

pytestmark = pytest.mark.postgres
COORDINATOR: dict[str, Any] = {"role": Role.COORDINATOR, "who": "coco"}


async def closed(desk: Desk, ticket: str, symptom: str) -> list[str]:
    """Documented, resolved, zero time confirmed, signed and closed; the facts of the ticket at docs."""
    what = {"root_cause": "The access point lost power.", "actions": ["waited for the power"], "none_found": True}
    await desk.does("docs", "document-resolution", ticket, symptom=symptom, **what)
    await desk.until("triage", ticket, status="watching")
    await desk.does("triage", "resolve", ticket)
    await desk.does("billing", "confirm-time", ticket, zero_reason="no-work-needed")
    await desk.does("docs", "sign-off", ticket)
    await desk.until("docs", ticket, open_gates=[])
    answer = await desk.does("docs", "close", ticket, code="network")
    assert answer["status"] == "closed"
    return await desk.facts("docs", ticket)


async def test_an_alert_that_cleared_itself_needs_no_caller_and_no_survey(desk: Desk) -> None:
    ticket = await desk.opens(kind="alert", contact=None, problem="Access point is offline")
    await desk.does("intake", "link-asset", ticket, device=c.DEVICE)
    await desk.does("triage", "assess-priority", ticket, impact="low", urgency="medium")
    await desk.does("triage", "take", ticket)
    await desk.does("triage", "start-work", ticket)
    refused = await desk.command("triage", "record-fix", ticket, kind="fulfilled", what="nothing")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_field")
    await desk.does("triage", "record-fix", ticket, kind="cleared-itself", what="The access point answers again.")
    await desk.does("triage", "verify-fix", ticket, how="observed", where="monitor")
    facts = await closed(desk, ticket, "ap-offline")
    assert "survey-not-applicable" in facts and "client-summary-sent" not in facts


async def test_a_request_needs_no_device_and_its_user_confirms_it(desk: Desk) -> None:
    ticket = await desk.opens(kind="request", problem="A mailbox for the new colleague")
    assert "asset-link-waived" in await desk.facts("intake", ticket)
    await desk.does("intake", "verify-caller", ticket, contact=c.CONTACT, method="match")
    await desk.does("triage", "assess-priority", ticket, impact="low", urgency="low")
    await desk.does("triage", "take", ticket)
    await desk.does("triage", "start-work", ticket)
    await desk.does("triage", "record-fix", ticket, what="Created the mailbox.")
    await desk.does("triage", "verify-fix", ticket, how="user-confirmed")
    await desk.does(
        "docs", "document-resolution", ticket, actions=["created accounting@ in Exchange"], symptom="mailbox"
    )
    await desk.until("triage", ticket, status="watching")
    await desk.does("triage", "resolve", ticket)
    await desk.does("docs", "send-summary", ticket, text="The mailbox is ready.")
    await desk.does("billing", "confirm-time", ticket, zero_reason="goodwill")
    await desk.does("docs", "sign-off", ticket)
    await desk.until("docs", ticket, open_gates=[])
    answer = await desk.does("docs", "close", ticket, code="access")
    assert answer["status"] == "closed"


async def test_a_ticket_that_turns_out_to_be_a_security_matter_asks_for_level_2(desk: Desk) -> None:
    ticket = await desk.opens(kind="quick")
    await desk.does("intake", "verify-caller", ticket, contact=c.CONTACT, method="match")
    await desk.does("intake", "link-asset", ticket, device=c.DEVICE)
    await desk.does("intake", "change-kind", ticket, kind="security", reason="phishing", **COORDINATOR)
    await desk.until("triage", ticket, kind="security")
    await desk.does("triage", "assess-priority", ticket, impact="low", urgency="medium")
    refused = await desk.command("triage", "start-work", ticket)
    assert (refused.status_code, refused.json()["code"]) == (409, "caller_unverified")
    await desk.does("intake", "verify-caller", ticket, contact=c.CONTACT, method="call-back")
    await desk.does("triage", "start-work", ticket)


async def test_an_unknown_kind_is_refused_by_its_name(desk: Desk) -> None:
    ticket = await desk.opens()
    refused = await desk.command("intake", "change-kind", ticket, kind="problem", reason="x", **COORDINATOR)
    assert refused.status_code == 422 and "kind" in refused.text
