"""A caller whose scope is one client cannot tell another client's ticket from one that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.journeys.people import Desk
from tests.security.calling import NOTHING, OTHER, examples, listed, token
from tests.security.routes import SERVICES, Scope

from desk.decision.principal import Role

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
NOBODYS = "11111111-0000-7000-8000-000000000000"
OF_CLIENTS = {"POST /tickets", "POST /reconcile"}
"""One names no ticket; the other is called by hand below."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ticket(shared_desk: Desk) -> str:
    """A ticket of Acme that every service has heard of."""
    opened = await shared_desk.opens(kind="quick")
    for service in SERVICES:
        assert await listed(shared_desk, f"/{service}/tickets", token(shared_desk, Role.COORDINATOR, None), opened)
    return opened


def calls(service: str) -> Iterator[tuple[str, str, Role]]:
    """Method, path and role of every route about one ticket."""
    for route, guard in SERVICES[service].items():
        if guard.scope is Scope.TICKET and route not in OF_CLIENTS:
            method, path = route.split()
            for role in map(Role.parse, (guard.roles or "").split()):
                if role is not Role.SERVICE:
                    yield method, path, role


def told(answer: httpx.Response, ticket: str) -> tuple[int, str]:
    """Status and text of the answer without the id that was asked for."""
    return answer.status_code, answer.text.replace(ticket, "TICKET")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("body", ["example", "other cycle"])
async def test_another_clients_ticket_is_answered_like_one_that_nobody_has(
    shared_desk: Desk, ticket: str, service: str, body: str
) -> None:
    app = shared_desk.running.hosted[service].app
    bodies, differ, count = examples(app.openapi()), [], 0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as http:

        async def asks(method: str, path: str, role: Role, name: str) -> tuple[int, str]:
            headers = {**token(shared_desk, role, OTHER), "Idempotency-Key": NOTHING}
            sent: dict[str, Any] | None = bodies.get(path)
            if sent is not None and body == "other cycle":
                sent = {**sent, "cycle": 7}
            answer = await http.request(method, path.format(ticket=name), json=sent, headers=headers)
            return told(answer, name)

        for method, path, role in calls(service):
            count += 1
            foreign, unknown = [await asks(method, path, role, name) for name in (ticket, NOBODYS)]
            if foreign != unknown or foreign[0] != 403:
                differ.append(f"{method} {path} {role}: {foreign} {unknown}")
    assert not differ, "\n".join(differ)
    assert count > 10


async def test_one_ticket_is_not_reconciled_to_tell_whose_it_is(shared_desk: Desk, ticket: str) -> None:
    answers = []
    for name in (ticket, NOBODYS):
        headers = token(shared_desk, Role.COORDINATOR, OTHER)
        answer = await shared_desk.http.post("/intake/reconcile", json={"ticket": name}, headers=headers)
        answers.append(told(answer, name))
    assert answers[0] == answers[1]
    assert answers[0][0] == 403


async def test_who_may_see_every_client_is_told_that_nobody_has_the_ticket(shared_desk: Desk) -> None:
    for service in SERVICES:
        headers = token(shared_desk, Role.COORDINATOR, None)
        answer = await shared_desk.http.get(f"/{service}/tickets/{NOBODYS}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_ticket")
