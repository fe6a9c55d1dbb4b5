"""Incidents over HTTP: declared, updated, listed, and shown to those whose clients they concern."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from desk.contract.streams.clients import ClientObserved
from desk.decision.principal import Role
from desk.testing import controls as c
from desk.testing.served import Served, served
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres
BODY = {"title": "Carrier outage", "symptom": "vpn-drop", "onset": "2026-03-02T09:00:00Z", "clients": ["acme"]}


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Served]:
    async with served(database, TRIAGE, "intake") as found:
        observed = ClientObserved(revision="1", instance="directory", record="acme", active=True, title="Acme Ltd")
        await found.say("acme", observed)
        yield found


async def declare(desk: Served, **fields: object) -> str:
    answer = await desk.post("/incidents", {**BODY, **fields}, Role.COORDINATOR, by="cora")
    assert answer.status_code == 201, answer.text
    subject: str = answer.json()["subject"]
    return subject


async def test_an_incident_is_declared_updated_listed_and_read(desk: Served) -> None:
    incident = await declare(desk)
    updated = await desk.post(
        f"/incidents/{incident}/update-incident", {"text": "fibre cut", "severity": "critical"}, Role.TIER2
    )
    assert [fact["type"] for fact in updated.json()["facts"]] == ["desk.triage.incident-updated.v1"]
    (listed,) = (await desk.get("/incidents")).json()["items"]
    assert listed == (await desk.get(f"/incidents/{incident}")).json()
    assert (listed["title"], listed["severity"], listed["children"]) == ("Carrier outage", "critical", [])
    assert (await desk.get("/incidents", state="resolved")).json()["items"] == []


async def test_who_sees_none_of_its_clients_does_not_see_the_incident(desk: Served) -> None:
    incident = await declare(desk)
    for clients, found in ((["acme"], 1), (["other"], 0)):
        headers = desk.headers(Role.TIER1, by="tess", clients=clients)
        listed = await desk.http.get("/incidents", headers=headers)
        read = await desk.http.get(f"/incidents/{incident}", headers=headers)
        assert (len(listed.json()["items"]), read.status_code) == (found, 200 if found else 404)


async def test_a_child_is_attached_resolved_and_reopened_with_its_incident(desk: Served) -> None:
    incident, ticket = await declare(desk, clients=[]), "t-1"
    await desk.say(ticket, *(fact for fact in c.ready_for_work() if fact.spec.owner == "intake"))
    await desk.post(f"/tickets/{ticket}/assess-priority", {"cycle": 1, "impact": "low", "urgency": "medium"})
    body = {"cycle": 1, "incident": incident}
    linked = await desk.post(f"/tickets/{ticket}/link-incident", body)
    assert (linked.status_code, linked.json()["status"]) == (200, "waiting")
    shown = (await desk.get(f"/incidents/{incident}")).json()
    assert shown["children"] == [{"ticket": ticket, "relation": "child"}]
    of_other = desk.headers(Role.TIER1, by="tess", clients=["other"])
    assert (await desk.http.get(f"/incidents/{incident}", headers=of_other)).json()["children"] == []
    end = {"cause": "fibre cut", "action": "carrier repaired it"}
    lead, path = Role.COORDINATOR, f"/incidents/{incident}"
    assert (await desk.post(f"{path}/resolve-incident", end, lead)).json()["code"] == "sample_missing"
    resolved = await desk.post(f"{path}/resolve-incident", {**end, "samples": [ticket]}, lead)
    names = [fact["type"].split(".")[2] for fact in resolved.json()["facts"]]
    assert names == ["incident-resolved", "parent-resolved", "waiting-ended", "fix-verified", "resolved"]
    assert (await desk.get(f"/tickets/{ticket}")).json()["status"] == "resolved"
    await desk.post(f"{path}/reopen-incident", {"reason": "down again"}, lead)
    found = (await desk.get(f"/tickets/{ticket}")).json()
    assert (found["status"], found["cycle"]) == ("waiting", 2)


async def test_an_incident_needs_a_role_a_client_and_an_incident(desk: Served) -> None:
    refusals = [
        await desk.post("/incidents", BODY, Role.TIER1),
        await desk.post("/incidents", {**BODY, "clients": ["nobody"]}, Role.COORDINATOR),
        await desk.post("/incidents/no-such/update-incident", {"text": "x"}, Role.COORDINATOR),
    ]
    assert [one.json()["code"] for one in refusals] == ["forbidden_role", "invalid_field", "unknown_incident"]


async def test_a_dry_run_names_what_it_would_record_and_records_nothing(desk: Served) -> None:
    incident = await declare(desk)
    headers = {**desk.headers(Role.COORDINATOR, by="cora"), "Desk-Dry-Run": "true"}
    calls = (
        ("/incidents", BODY, "incident-declared"),
        (f"/incidents/{incident}/update-incident", {"text": "fibre cut"}, "incident-updated"),
        (f"/incidents/{incident}/resolve-incident", {"cause": "fibre cut", "action": "repaired"}, "incident-resolved"),
    )
    for number, (path, body, name) in enumerate(calls):
        tried = await desk.http.post(path, json=body, headers={**headers, "Idempotency-Key": f"dry-{number}"})
        answer = tried.json()
        assert (answer["facts"], answer["would"]) == ([], [f"desk.triage.{name}.v1"])
    (listed,) = (await desk.get("/incidents")).json()["items"]
    assert (listed["incident"], listed["state"]) == (incident, "open")
