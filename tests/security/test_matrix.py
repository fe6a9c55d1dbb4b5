"""Every route x every role x other client, executed against a running desk."""

from __future__ import annotations

from collections import Counter

import pytest
import pytest_asyncio
from tests.journeys.people import Desk
from tests.security.calling import OTHER, REFUSALS, Caller, as_expected, listed, token
from tests.security.routes import SERVICES, Scope, matrix

from desk.decision.principal import Role
from desk.testing import controls as c
from desk.testing.matrix import assert_matrix_complete, cases

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ticket(shared_desk: Desk) -> str:
    """A ticket of Acme that every service has heard of."""
    opened = await shared_desk.opens(kind="quick")
    for service in SERVICES:
        assert await listed(shared_desk, f"/{service}/tickets", token(shared_desk, Role.COORDINATOR, None), opened)
    return opened


@pytest.mark.parametrize("service", SERVICES)
async def test_the_matrix_names_every_route_with_the_roles_of_its_gate(shared_desk: Desk, service: str) -> None:
    assert_matrix_complete(shared_desk.running.hosted[service].app, matrix(service))


@pytest.mark.parametrize("service", SERVICES)
async def test_every_case_of_the_matrix_is_answered_as_it_says(shared_desk: Desk, ticket: str, service: str) -> None:
    caller = Caller(shared_desk, service, ticket)
    wrong, counted = [], Counter[str]()
    async with caller.http:
        for case in cases(matrix(service)):
            answer = await caller.tries(case)
            counted[case.refused or "past the gate"] += 1
            if not as_expected(case, answer):
                wrong.append(f"{case}: {answer.status_code} {answer.text[:120]}")
    assert not wrong, "\n".join(wrong)
    assert all(counted[kind] >= 20 for kind in (*REFUSALS, "past the gate")), counted


async def test_a_whole_route_is_closed_even_to_a_scope_that_holds_the_ticket(shared_desk: Desk, ticket: str) -> None:
    for path in ("/intake/exports/facts", "/docs/parked", "/triage/effects"):
        headers = token(shared_desk, Role.ADMIN, c.CLIENT)
        answer = await shared_desk.http.get(path, headers=headers)
        assert answer.json()["code"] == "forbidden_client", path


async def test_staff_of_one_client_work_on_that_clients_tickets(shared_desk: Desk, ticket: str) -> None:
    headers = {**token(shared_desk, Role.TIER1, c.CLIENT), "Idempotency-Key": "scoped-staff"}
    body = {"cycle": 1, "text": "seen"}
    answer = await shared_desk.http.post(f"/intake/tickets/{ticket}/note", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


LISTS = [
    (service, route.split()[1]) for service, routes in SERVICES.items()
    for route, guard in routes.items() if guard.scope is Scope.LIST and route.startswith("GET ")
]  # fmt: skip
WITHOUT_IT = {"/breaches", "/would-write", "/would-refuse", "/incidents"}
"""The ticket has no breach, is no PSA's record, and belongs to no incident."""


@pytest.mark.parametrize(("service", "path"), LISTS)
async def test_a_list_shows_only_the_clients_of_the_callers_scope(
    shared_desk: Desk, ticket: str, service: str, path: str
) -> None:
    every = Role.COORDINATOR
    everything = await listed(shared_desk, f"/{service}{path}", token(shared_desk, every, None), ticket)
    foreign = await shared_desk.http.get(f"/{service}{path}", headers=token(shared_desk, every, OTHER))
    assert foreign.status_code == 200, foreign.text
    assert ticket not in foreign.text
    assert everything or path in WITHOUT_IT, "the list shows the ticket to those who may see it"


@pytest.mark.parametrize("service", SERVICES)
async def test_client_it_sees_its_own_client_and_no_other(shared_desk: Desk, ticket: str, service: str) -> None:
    own, foreign = (token(shared_desk, Role.CLIENT_IT, client) for client in (c.CLIENT, OTHER))
    mine = (await shared_desk.http.get(f"/{service}/tickets", headers=own)).json()["items"]
    assert ticket in {row["ticket_id"] for row in mine}
    assert {row["client"] for row in mine} == {c.CLIENT}
    assert (await shared_desk.http.get(f"/{service}/tickets", headers=foreign)).json()["items"] == []
    asked = await shared_desk.http.get(f"/{service}/tickets", params={"client": c.CLIENT}, headers=foreign)
    assert asked.json()["items"] == []


async def test_a_ticket_cannot_be_opened_for_another_client(shared_desk: Desk) -> None:
    headers = {**token(shared_desk, Role.TIER1, OTHER), "Idempotency-Key": "other-client"}
    body = {"client": c.CLIENT, "problem": "not mine"}
    answer = await shared_desk.http.post("/intake/tickets", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_client")
