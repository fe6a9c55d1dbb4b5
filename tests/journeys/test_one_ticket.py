"""One ticket through five services, from the call to the signed close, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from desk.decision.principal import Role
from desk.testing import controls as c

from .people import Desk

pytestmark = pytest.mark.postgres
SERVICES = ("intake", "triage", "sla", "billing", "docs")
COORDINATOR = {"role": Role.COORDINATOR, "who": "coco"}


async def fixed(desk: Desk, ticket: str) -> None:
    """From the verified caller to the observed fix."""
    await desk.does("intake", "verify-caller", ticket, contact=c.CONTACT, method="match")
    await desk.does("intake", "link-asset", ticket, device=c.DEVICE)
    await desk.does("triage", "assess-priority", ticket, impact="low", urgency="medium")
    await desk.does("triage", "take", ticket)
    await desk.does("triage", "start-work", ticket)
    await desk.does("triage", "record-fix", ticket, what="set MTU 1400 on the tunnel")
    await desk.does("triage", "verify-fix", ticket, how="observed", where="on-site")


async def told_and_settled(desk: Desk, ticket: str) -> None:
    """Documented, resolved, the client told, zero time confirmed, signed."""
    await desk.does("docs", "document-resolution", ticket, actions=["set MTU 1400"], symptom="vpn-drop")
    await desk.until("triage", ticket, status="watching")
    await desk.does("triage", "resolve", ticket)
    await desk.does("docs", "send-summary", ticket, text="Your VPN is stable again.")
    await desk.does("billing", "confirm-time", ticket, zero_reason="goodwill")
    await desk.does("docs", "sign-off", ticket)


async def test_a_quick_ticket_goes_from_the_call_to_the_close_and_every_service_agrees(desk: Desk) -> None:
    ticket = await desk.opens(kind="quick")
    await fixed(desk, ticket)
    await told_and_settled(desk, ticket)
    await desk.until("docs", ticket, open_gates=[])
    answer = await desk.does("docs", "close", ticket, code="network")
    assert answer["status"] == "closed"
    for service in SERVICES:
        found = await desk.until(service, ticket, status="closed")
        assert found["open_gates"] == []
    facts = await desk.facts("docs", ticket)
    assert {"survey-requested", "client-summary-sent", "clock-met", "time-confirmed"} <= set(facts)


async def test_what_the_ticket_still_needs_is_listed_with_owner_and_remedy(desk: Desk) -> None:
    ticket = await desk.opens(kind="quick")
    refused = await desk.command("triage", "resolve", ticket)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    assert body["code"] == "gates_open"
    assert [row["gate"] for row in body["missing"]][:3] == ["caller", "asset", "priority"]
    assert {"gate", "owner", "remedy"} <= body["missing"][0].keys()


async def test_a_closed_ticket_that_is_reopened_is_open_everywhere_in_a_new_cycle(desk: Desk) -> None:
    ticket = await desk.opens(kind="quick")
    await fixed(desk, ticket)
    await told_and_settled(desk, ticket)
    await desk.until("docs", ticket, open_gates=[])
    await desk.does("docs", "close", ticket, code="network")
    await desk.does("triage", "reopen", ticket, cause="client", notes="drops again")
    for service in SERVICES:
        await desk.until(service, ticket, status="diagnosing", cycle=2)
    late = await desk.command("docs", "close", ticket, code="network")
    assert late.json()["code"] == "cycle_conflict"


async def test_a_command_sent_twice_answers_the_facts_of_the_first_time(desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    headers = desk.headers(Role.TIER1, "tess", **key)
    body = {"client": c.CLIENT, "problem": "Printer on fire"}
    first = await desk.http.post("/intake/tickets", json=body, headers=headers)
    again = await desk.http.post("/intake/tickets", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["facts"] == again.json()["facts"]
    other = await desk.http.post("/intake/tickets", json={**body, "problem": "Other"}, headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_bad_commands_name_the_field_and_the_remedy(desk: Desk) -> None:
    ticket = await desk.opens()
    path = f"/triage/tickets/{ticket}/assess-priority"
    no_key = await desk.http.post(path, json={}, headers=desk.headers(Role.TIER1, "tess"))
    assert (no_key.status_code, no_key.json()["code"]) == (400, "idempotency_key_missing")
    no_token = await desk.http.post(path, json={}, headers={"Idempotency-Key": "k"})
    assert (no_token.status_code, no_token.json()["code"]) == (401, "unauthenticated")
    unknown = await desk.command("triage", "assess-priority", ticket, impact="huge", urgency="low", colour="red")
    assert unknown.status_code == 422
    assert unknown.json()["code"] == "invalid_field"
    assert "impact" in unknown.text
    assert "colour" in unknown.text
    wrong_role = await desk.command("triage", "assess-priority", ticket, Role.BILLING, impact="low", urgency="low")
    assert (wrong_role.status_code, wrong_role.json()["code"]) == (403, "forbidden_role")
    old = await desk.command("triage", "assess-priority", ticket, cycle=7, impact="low", urgency="low")
    assert old.json()["code"] == "cycle_conflict"


async def test_a_list_is_paged_and_filtered(desk: Desk) -> None:
    tickets = {await desk.opens(problem=f"Problem {n}") for n in range(5)}
    headers = desk.headers(Role.COORDINATOR, "coco")
    found: list[str] = []
    address: str | None = "/intake/tickets?limit=2&open=true"
    while address:
        page = (await desk.http.get(address, headers=headers)).json()
        found += [item["ticket_id"] for item in page["items"]]
        address = page["next"]
    assert set(found) == tickets
    assert len(found) == 5


async def test_a_ticket_reads_the_same_from_memory_as_from_its_facts(desk: Desk) -> None:
    ticket = await desk.opens(kind="quick")
    await fixed(desk, ticket)
    await desk.all_applied(ticket, SERVICES)
    headers = desk.headers(Role.TIER1, "tess")
    for service in SERVICES:
        path, log = f"/{service}/tickets/{ticket}", desk.running.hosted[service].service.log
        assert log.cache.get(ticket) is not None
        cached = await desk.http.get(path, headers=headers)
        folded = await desk.http.get(path, headers=headers, params={"at": "2100-01-01T00:00:00Z"})
        log.cache.clear()
        cold = await desk.http.get(path, headers=headers)
        assert cached.content == folded.content == cold.content
        assert cached.headers["Desk-Seen"] == folded.headers["Desk-Seen"] == cold.headers["Desk-Seen"]


async def test_a_wait_until_a_date_ends_on_that_date_by_itself(desk: Desk) -> None:
    ticket = await desk.opens()
    until = datetime.now(UTC) + timedelta(seconds=2)
    answer = await desk.does("triage", "wait", ticket, on="schedule", until=until.isoformat())
    assert answer["status"] == "waiting"
    await desk.until("triage", ticket, status="new")
    assert (await desk.facts("triage", ticket)).count("waiting-ended") == 1
