"""Calls as the matrix describes them, with bodies from the services' own OpenAPI examples."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from tests.journeys.people import Desk

from desk.decision.principal import ALL, Role
from desk.testing import controls as c
from desk.testing.matrix import Case

NOTHING = "00000000-0000-7000-8000-000000000000"
OTHER = "client-other"
REFUSALS = {"unauthenticated": 401, "forbidden_role": 403, "forbidden_client": 403}


class Caller:
    """Calls one service in process."""

    def __init__(self, desk: Desk, service: str, ticket: str) -> None:
        self.desk, self.service, self.ticket = desk, service, ticket
        app = desk.running.hosted[service].app
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk")
        self.examples = examples(app.openapi())

    async def tries(self, case: Case) -> httpx.Response:
        """One call. Calls that pass authorisation send an unusable body, so that they have no effect."""
        headers: dict[str, str] = {}
        if case.role is not None:
            client = c.CLIENT if case.role is Role.CLIENT_IT else None
            headers = token(self.desk, case.role, client if case.own_client else OTHER)
        names = {
            "number": 0,
            "effect": NOTHING,
            "name": "none",
            "topic": "desk.tickets.v1",
            "subject": "-",
            "staff": "tess",
            "client": c.CLIENT,
            "incident": "none",
        }
        path = case.path.format(ticket=self.ticket, policy="matrix", instance="psa", **names)
        if case.method != "POST" or case.refused is None:
            return await self.http.request(case.method, path, headers=headers)
        body = self.examples.get(case.path, {})
        named = {"ticket": self.ticket} if case.path == "/reconcile" else {}
        key = {"Idempotency-Key": NOTHING}
        return await self.http.post(path, json={**body, **named}, headers={**headers, **key})

    async def hears(self, ticket: str) -> bool:
        """Whether the service comes to know the ticket."""
        path = f"/{self.service}/tickets?limit=200"
        return await listed(self.desk, path, token(self.desk, Role.COORDINATOR, None), ticket)


def as_expected(case: Case, answer: httpx.Response) -> bool:
    """Refused as the case says, or past the gate: whatever the service then thinks of the request."""
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    code = answer.json()["code"] if problem else None
    if case.refused is None:
        return answer.status_code < 500 and code not in REFUSALS
    return (answer.status_code, code) == (REFUSALS[case.refused], case.refused)


def examples(document: Mapping[str, Any]) -> dict[str, Any]:
    """Path -> example of its POST body."""
    found = {}
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            found[path] = content["application/json"]["example"]
    return found


def token(desk: Desk, role: Role, client: str | None) -> dict[str, str]:
    """A token whose scope is that client; None: every client."""
    scope = ALL if client is None else [client]
    return {"Authorization": f"Bearer {desk.issue([role], scope, sub='somebody')}"}


async def listed(desk: Desk, path: str, headers: Mapping[str, str], ticket: str) -> bool:
    """Whether the list shows the ticket; clocks follow the ticket by a moment."""
    for _ in range(50):
        answer = await desk.http.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        if ticket in answer.text or path.endswith("/breaches"):
            return ticket in answer.text
        await asyncio.sleep(0.1)
    return False
