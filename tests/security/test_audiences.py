"""A running desk shows the client's own IT what concerns it, and rates and amounts only to those who work with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.journeys.people import Desk
from tests.security.calling import token
from tests.security.routes import SERVICES

from desk.decision.principal import Role
from desk.testing import controls as c

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
HIDDEN = ("local admin password", "fan is dying", "on the phone with", "carol-the-technician", "wrong rate", "417.00")
SHOWN = ("we are looking into it", "please restart once", "mail does not sync")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ticket(shared_desk: Desk) -> str:
    """A ticket with words for the client, words among technicians, labour and a rate."""
    desk, who = shared_desk, "carol-the-technician"
    opened = await desk.opens(who, kind="quick", problem="mail does not sync")

    async def does(service: str, name: str, **body: Any) -> None:
        await desk.until(service, opened, client=c.CLIENT)
        await desk.does(service, name, opened, **{"who": who, **body})

    await does("intake", "note", text="local admin password is 1234", internal=True)
    await does("intake", "note", text="we are looking into it", internal=False)
    await does("intake", "reply", text="please restart once")
    await does("intake", "verify-caller", contact=c.CONTACT, method="match")
    await does("intake", "link-asset", device=c.DEVICE)
    await does("triage", "assess-priority", impact="low", urgency="low")
    await does("triage", "take")
    await does("triage", "record-diagnostic", what="fan is dying", result="hot")
    entry = await worked(desk, opened, who)
    lines = [{"minutes": 30, "billing_class": "billable", "rate": "834"}]
    rated = {"entry": entry, "lines": lines, "reason": "wrong rate"}
    await does("billing", "rate-by-hand", role=Role.BILLING, **rated)
    await desk.all_applied(opened, list(SERVICES))
    return opened


async def worked(desk: Desk, ticket: str, who: str) -> str:
    """The last half hour as labour; the id of its entry."""
    end = desk.running.hosted["billing"].service.log.clock.now().replace(microsecond=0)
    times = {"start": (end - timedelta(minutes=30)).isoformat(), "end": end.isoformat()}
    await desk.does("billing", "log-time", ticket, who=who, note="on the phone with Pat", **times)
    headers = desk.headers(Role.ADMIN, "ada")
    facts = (await desk.http.get(f"/billing/tickets/{ticket}/timeline", headers=headers)).json()["items"]
    return next(str(fact["data"]["entry"]) for fact in facts if fact["type"] == "desk.billing.time-logged.v1")


async def texts(desk: Desk, ticket: str, role: Role, client: str | None) -> dict[str, str]:
    """Path -> everything that the API tells this role about the ticket."""
    headers, found = token(desk, role, client), {}
    paths = [f"/{s}/tickets{rest}" for s in SERVICES for rest in ("", f"/{ticket}", f"/{ticket}/timeline")]
    paths += [f"/sla/tickets/{ticket}/explain{rest}" for rest in ("", "?format=text", ".svg")]
    for path in paths:
        answer = await desk.http.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        found[path] = answer.text
    return found


async def test_client_it_reads_no_internal_word_no_labour_no_rate_and_no_technician(
    shared_desk: Desk, ticket: str
) -> None:
    found = await texts(shared_desk, ticket, Role.CLIENT_IT, c.CLIENT)
    leaks = [f"{path}: {word}" for path, text in found.items() for word in HIDDEN if word in text]
    assert not leaks, "\n".join(leaks)
    for service in SERVICES:
        assert all(word in found[f"/{service}/tickets/{ticket}/timeline"] for word in SHOWN), service


async def test_a_technician_reads_the_work_and_no_amounts(shared_desk: Desk, ticket: str) -> None:
    found = await texts(shared_desk, ticket, Role.TIER1, None)
    told = found[f"/billing/tickets/{ticket}/timeline"]
    assert all(word in told for word in (*HIDDEN[:-1], *SHOWN))
    assert "417.00" not in told
    assert '"834' not in told


@pytest.mark.parametrize("role", [Role.BILLING, Role.ACCOUNT_MANAGER, Role.AUDITOR, Role.ADMIN])
async def test_who_works_with_money_reads_amounts(shared_desk: Desk, ticket: str, role: Role) -> None:
    found = await texts(shared_desk, ticket, role, None)
    assert all(word in found[f"/billing/tickets/{ticket}/timeline"] for word in (*HIDDEN, *SHOWN))


async def test_client_it_does_not_find_tickets_by_what_it_may_not_read(shared_desk: Desk, ticket: str) -> None:
    headers = token(shared_desk, Role.CLIENT_IT, c.CLIENT)
    for name in ("technician", "queue", "origin"):
        answer = await shared_desk.http.get("/triage/tickets", params={name: "x"}, headers=headers)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "invalid_field", name)
    answer = await shared_desk.http.get("/triage/tickets", params={"kind": "quick"}, headers=headers)
    assert ticket in {row["ticket_id"] for row in answer.json()["items"]}
