"""A ticket is split over HTTP: both tickets are at every service, and a repeat splits nothing more."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from desk.decision.principal import Role
from desk.testing import controls as c

from .people import Desk

pytestmark = pytest.mark.postgres
DISPATCHER: dict[str, Any] = {"role": Role.DISPATCHER, "who": "dana"}
PROBLEM = "The printer is offline as well"


async def test_a_part_that_is_split_off_is_a_ticket_at_every_service(desk: Desk) -> None:
    ticket = await desk.opens()
    headers = desk.headers(Role.DISPATCHER, "dana", **{"Idempotency-Key": str(uuid4())})
    body = {"cycle": 1, "problem": PROBLEM, "kind": "request"}
    answers = [await desk.http.post(f"/intake/tickets/{ticket}/split", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["facts"] == answers[1].json()["facts"]
    assert (await desk.facts("intake", ticket)).count("split-into") == 1
    found = await desk.http.get("/intake/tickets", headers=desk.headers(Role.COORDINATOR, "coco"))
    others = [row["ticket_id"] for row in found.json()["items"] if row["ticket_id"] != ticket]
    assert len(others) == 1
    for service in ("triage", "sla", "billing", "docs"):
        there = await desk.until(service, others[0], status="new")
        assert (there["problem"], there["kind"], there["client"]) == (PROBLEM, "request", c.CLIENT)
    facts = await desk.facts("intake", others[0])
    assert facts[0] == "ticket-opened" and {"client-tier-captured", "split-from"} <= set(facts)


async def test_a_split_that_names_a_message_of_another_ticket_is_refused(desk: Desk) -> None:
    ticket = await desk.opens()
    refused = await desk.command("intake", "split", ticket, problem=PROBLEM, messages=["m-9"], **DISPATCHER)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_field")
    assert "split-into" not in await desk.facts("intake", ticket)


async def test_a_technician_does_not_split(desk: Desk) -> None:
    ticket = await desk.opens()
    refused = await desk.command("intake", "split", ticket, problem=PROBLEM)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden_role")
