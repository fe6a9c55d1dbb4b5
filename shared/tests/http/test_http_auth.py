"""Access to routes: a matrix of routes, roles and clients from which no route may be missing."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends
from fastapi.routing import iter_route_contexts

from desk.decision.principal import ALL, Principal, Role
from desk.http.app.responses import JsonResponse, json_response
from desk.http.auth.access import Gate, ensure_client, require
from desk.http.commands.command_route import Call, CommandAnswer, command
from desk.testing.http import Bench, fresh_key
from desk.testing.matrix import PUBLIC, Case, Matrix, assert_matrix_complete, cases, row

MATRIX: Matrix = {
    ("GET", "/tickets/{ticket}"): row(Role.TIER1, Role.CLIENT_IT),
    ("POST", "/tickets/{ticket}/take"): row(Role.TIER1, Role.TIER2),
    ("GET", "/policies"): row(Role.ADMIN, scoped=False),
    ("GET", "/facts/{topic}"): row(Role.SERVICE),
    ("GET", "/everything"): row(Role.AUDITOR),
    ("GET", "/about"): PUBLIC,
}


def routers() -> list[APIRouter]:
    tickets, others = APIRouter(prefix="/tickets"), APIRouter()

    @tickets.get("/{ticket}")
    async def ticket(ticket: str, who: Annotated[Principal, Depends(require(Role.TIER1, Role.CLIENT_IT))]) -> str:
        ensure_client(who, "acme")
        return ticket

    @tickets.post("/{ticket}/take")
    async def take(ticket: str, call: Annotated[Call, Depends(command(Role.TIER1, Role.TIER2))]) -> JsonResponse:
        ensure_client(call.principal, "acme")
        return json_response(CommandAnswer(subject=ticket, facts=(), seen={}))

    @others.get("/policies")
    async def policies(_: Annotated[Principal, Depends(require(Role.ADMIN))]) -> list[str]:
        return []

    @others.get("/facts/{topic}", include_in_schema=False)
    async def facts(topic: str, _: Annotated[Principal, Depends(require(Role.SERVICE))]) -> str:
        return topic

    @others.get("/everything")
    async def everything(_: Annotated[Principal, Depends(require(Role.AUDITOR, all_clients=True))]) -> list[str]:
        return []

    @others.get("/about")
    async def about() -> str:
        return "desk"

    return [tickets, others]


BENCH = Bench(routers())


@pytest.mark.parametrize("case", cases(MATRIX), ids=str)
async def test_every_row_of_the_matrix_is_answered_as_it_says(case: Case) -> None:
    own = "acme" if case.own_client else "other"
    roles = [case.role] if case.role else []
    everywhere = case.own_client and case.role is not Role.CLIENT_IT
    async with BENCH.client(*roles, clients=ALL if everywhere else [own]) as client:
        answer = await client.request(case.method, case.path.format(ticket="t-1", topic="x"), headers=fresh_key())
    if case.refused is None:
        assert answer.status_code == 200, answer.text
    else:
        assert answer.json()["code"] == case.refused


def test_the_matrix_covers_every_route_with_the_roles_of_its_gate() -> None:
    assert_matrix_complete(BENCH.app, MATRIX)


def test_a_route_missing_from_the_matrix_fails() -> None:
    lacking = {key: value for key, value in MATRIX.items() if key[1] != "/tickets/{ticket}/take"}
    with pytest.raises(AssertionError, match=r"not in the matrix: POST /tickets/\{ticket\}/take"):
        assert_matrix_complete(BENCH.app, lacking)


def test_a_row_without_a_route_or_with_other_roles_fails() -> None:
    wrong = {
        **MATRIX,
        ("GET", "/gone"): PUBLIC,
        ("GET", "/policies"): row(Role.AUDITOR),
        ("GET", "/about"): row(Role.ADMIN),
    }
    with pytest.raises(AssertionError) as failed:
        assert_matrix_complete(BENCH.app, wrong)
    assert str(failed.value).splitlines() == [
        "not served: GET /gone",
        "roles differ: GET /about: gate public, matrix admin",
        "roles differ: GET /policies: gate admin, matrix auditor",
    ]


def test_the_matrix_has_a_case_without_token_and_one_per_role_and_other_client() -> None:
    made = [case for case in cases(MATRIX) if case.path == "/tickets/{ticket}"]
    assert len(made) == 1 + len(Role) + 2
    assert Case("GET", "/tickets/{ticket}", Role.TIER1, False, "forbidden_client") in made
    assert all(case.own_client for case in cases(MATRIX) if case.path == "/policies")


async def test_a_refused_token_says_how_to_authenticate() -> None:
    async with BENCH.client() as client:
        none = await client.get("/tickets/t-1")
        basic = await client.get("/tickets/t-1", headers={"Authorization": "Basic YTpi"})
        wrong = await client.get("/tickets/t-1", headers={"Authorization": "Bearer nonsense"})
    for answer in (none, basic, wrong):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="desk"'


async def test_nothing_of_a_command_is_checked_before_its_token() -> None:
    async with BENCH.client() as client:
        answer = await client.post("/tickets/t-1/take", headers={"Desk-Seen": "x" * 501})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_gate_has_no_parameter_that_fastapi_analyses_per_route_and_resolves_per_request() -> None:
    gates = [
        dependency
        for context in iter_route_contexts(BENCH.app.routes)
        for dependency in getattr(getattr(context, "dependant", None), "dependencies", ())
        if isinstance(dependency.call, Gate)
    ]
    assert len(gates) == sum(expected is not PUBLIC for expected in MATRIX.values())
    for gate in gates:
        assert (gate.dependencies, gate.header_params, gate.query_params, gate.body_params) == ([], [], [], [])


def test_openapi_describes_what_the_gates_read() -> None:
    document = BENCH.app.openapi()
    take, read = document["paths"]["/tickets/{ticket}/take"]["post"], document["paths"]["/tickets/{ticket}"]["get"]
    assert [(p["name"], p["in"], p["required"]) for p in take["parameters"]] == [
        ("ticket", "path", True),
        ("idempotency-key", "header", True),
        ("desk-seen", "header", False),
        ("desk-if", "header", False),
        ("desk-dry-run", "header", False),
        ("desk-correlation", "header", False),
    ]
    assert [p["name"] for p in read["parameters"]] == ["ticket"]
    assert take["security"] == read["security"] == [{"HTTPBearer": []}]
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert "security" not in document["paths"]["/about"]["get"]


async def test_a_refusal_names_the_allowed_roles() -> None:
    async with BENCH.client(Role.BILLING) as client:
        answer = await client.get("/tickets/t-1")
    assert answer.json()["detail"] == "this needs one of: client-it, tier1"


def test_a_gate_for_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        require()
