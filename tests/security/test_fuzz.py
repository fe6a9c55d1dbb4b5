"""Hostile bodies at every POST route of every service: each is answered, none with 5xx, and the desk goes on."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.journeys.people import Desk
from tests.security.calling import Caller, token
from tests.security.routes import EVERY_SERVICE, SERVICES

from desk.decision.principal import Role
from desk.policies.owners import POLICY_OWNERS, SEVERAL
from desk.testing.controls import CLIENT

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
DEEP, LONG = 50_000, 2_000_000
RAW: tuple[bytes, ...] = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"NaN",
    b"1e999",
    b"\xff\xfe{}",
    b'{"cycle": 1, "cycle": 2}',
    b'{"cycle": ' + b"9" * 5_000 + b"}",
    b'{"cycle": 1e308, "text": "\\u0000", "reason": "\\ud800"}',
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b'{"text": "' + b"x" * LONG + b'"}',
)
TEXTS = (
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egnp.exe\u2066\u200f",
    "=cmd|' /C calc'!A0",
    "{{7*7}}${7*7}",
    "'; DROP TABLE tickets; --",
    "x" * 60_000,
    "\0",
    "\ud800",
    "",
    " ",
    "1" * 400,
)
NUMBERS = (-1, 0, 2**31, 2**63, 10**40, -0.0, 1e308, 5e-324)
hostile = st.one_of(
    st.sampled_from((*TEXTS, *NUMBERS, None, True, [], {}, [[]], {"": None}, "9999-12-31T23:59:59Z", "0001-01-01")),
    st.recursive(st.none() | st.integers() | st.text(max_size=20), lambda x: st.lists(x, max_size=3), max_leaves=6),
)
IMPORT = {
    "source": "log",
    "kind": "incident",
    "profile": "incident",
    "matrix": "1",
    "rows": [{"record": "INC1", "k": 1, "row_hash": "h"}],
}


def posts() -> list[tuple[str, str]]:
    """(service, path) of every POST route; what every service has alike stands once."""
    return [
        (service, route.split()[1])
        for service, routes in SERVICES.items()
        for route in routes
        if route.startswith("POST ") and (service == "intake" or route not in EVERY_SERVICE or "polic" in route)
    ]


class Attacker(Caller):
    """Somebody with every right who sends anything."""

    async def sends(self, path: str, body: bytes, policy: str = "matrix", role: Role = Role.ADMIN) -> httpx.Response:
        """One hostile call; keys are new so that none is answered from memory."""
        names = {"number": "1", "effect": str(uuid4()), "name": "none", "instance": "psa", "policy": policy}
        address = path.format(ticket=self.ticket, client=CLIENT, staff="tess", incident="none", **names)
        headers = {**token(self.desk, role, None), "Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        return await self.http.post(address, content=body, headers=headers)

    def role(self, path: str) -> Role:
        """One that the route admits."""
        roles = SERVICES[self.service][f"POST {path}"].roles or "AD"
        return Role.parse(roles.split()[0])

    def example(self, path: str) -> dict[str, Any]:
        """A body that would be taken."""
        return dict(IMPORT if path == "/imports" else self.examples.get(path, {}))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attackers(shared_desk: Desk) -> dict[str, Attacker]:
    ticket = await shared_desk.opens(kind="quick")
    return {service: Attacker(shared_desk, service, ticket) for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
async def test_raw_bodies_are_refused_with_a_reason(attackers: dict[str, Attacker], service: str) -> None:
    attacker, wrong = attackers[service], []
    for _, path in (found for found in posts() if found[0] == service):
        for body in RAW:
            answer = await attacker.sends(path, body, role=attacker.role(path))
            if answer.status_code >= 500 or (answer.status_code >= 400 and not answer.json()["remedy"]):
                wrong.append(f"{path} {body[:30]!r}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    where=st.sampled_from(posts()),
    changes=st.lists(st.tuples(st.integers(0, 9), hostile), min_size=1, max_size=3),
    extra=st.booleans(),
)
async def test_hostile_fields_are_never_an_error_of_the_desk(
    attackers: dict[str, Attacker], where: tuple[str, str], changes: list[tuple[int, Any]], extra: bool
) -> None:
    service, path = where
    attacker = attackers[service]
    body = attacker.example(path)
    for place, value in changes:
        body[list(body)[place % len(body)] if body else "x"] = value
    if extra:
        body["no such field"] = 1
    answer = await attacker.sends(path, json.dumps(body).encode(), role=attacker.role(path))
    assert answer.status_code < 500, (path, body, answer.text)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(kind=st.sampled_from(sorted(POLICY_OWNERS)), content=st.dictionaries(st.text(max_size=12), hostile, max_size=4))
async def test_hostile_policies_are_refused_before_they_rule_anything(
    attackers: dict[str, Attacker], kind: str, content: dict[str, Any]
) -> None:
    name = f"{kind}:own" if kind in SEVERAL else kind
    body = json.dumps({"version": str(uuid4()), "content": content}).encode()
    answer = await attackers[POLICY_OWNERS[kind]].sends("/policies/{policy}", body, policy=name)
    assert answer.status_code < 500, (kind, content, answer.text)


@pytest.mark.parametrize("text", ["x" * 5_000, "..%2f..%2fetc%2fpasswd", "%00", "%ff", "\u202e", "%0d%0aSet-Cookie:a"])
async def test_hostile_addresses_are_answered(attackers: dict[str, Attacker], text: str) -> None:
    attacker = attackers["sla"]
    headers = token(attacker.desk, Role.COORDINATOR, None)
    for path in (f"/tickets/{text}", f"/tickets/{text}/timeline", f"/policies/{text}", f"/tickets?status={text}"):
        answer = await attacker.http.get(path, headers=headers)
        assert answer.status_code < 500, (path, answer.text)
        assert "set-cookie" not in answer.headers


async def test_after_all_that_a_ticket_still_goes_through_all_services(
    attackers: dict[str, Attacker], shared_desk: Desk
) -> None:
    ticket = await shared_desk.opens()
    for service in SERVICES:
        assert await attackers[service].hears(ticket), f"{service} does not hear any more"
        parked = await shared_desk.http.get(f"/{service}/parked", headers=token(shared_desk, Role.ADMIN, None))
        assert parked.json()["items"] == []
