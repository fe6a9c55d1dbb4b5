"""People at the desk: commands over HTTP with what they have seen so far, as a console would send them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from desk.contract.event import Actor, Draft, Stream
from desk.contract.streams import clients
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work import work_items
from desk.http.auth.issuer import development_issuer
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk_deploy.up.one_process import RunningDesk

PATIENCE = 20.0
FIREWALL = "device-fw-1"
"""Acme's firewall ACME-FW01."""


class Desk:
    """A running desk and a client for its API."""

    def __init__(self, running: RunningDesk, http: httpx.AsyncClient, issue: Any) -> None:
        self.running, self.http, self.issue = running, http, issue
        self.seen: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def of(cls, running: RunningDesk, data: Path) -> AsyncIterator[Desk]:
        """Everybody's tokens come from the desk's own key."""
        settings = next(iter(running.hosted.values())).parts.settings
        issuer = development_issuer(settings)
        async with httpx.AsyncClient(base_url=running.url, timeout=30) as http:
            yield cls(running, http, issuer.issue)

    def headers(self, role: Role, who: str, **more: str) -> dict[str, str]:
        """A person's token."""
        return {"Authorization": f"Bearer {self.issue([role], sub=who)}", **more}

    async def know_acme(self) -> None:
        """The client, its tier, one contact, a workstation and a firewall, as intake observes them in a PSA."""
        observed = clients.ClientObserved(revision="1", instance="psa", record="250", active=True, title="Acme Ltd")
        tier = clients.TierAssigned(before=None, after="gold", effective=c.NOW - timedelta(days=400))
        device = clients.DeviceMapped(device=c.DEVICE, revision=1, ids={"psa": "77"}, asset_class="workstation")
        firewall = clients.DeviceMapped(
            device=FIREWALL, revision=1, ids={"psa": "78"}, asset_class="core-firewall", hostname="ACME-FW01"
        )
        await self._observe(Stream.CLIENTS, c.CLIENT, observed, tier, device, firewall)
        await self._observe(Stream.PEOPLE, c.CONTACT, c.contact())

    async def _observe(self, stream: Stream, subject: str, *payloads: Any) -> None:
        service = self.running.hosted["intake"].service
        context = DecisionContext(id=uuid4(), actor=Actor("service", "intake"), now=c.NOW, policies=PolicyBook())
        drafts = [Draft(data=payload) for payload in payloads]
        await service.command(work_items.Command(stream, subject, lambda _s, _d: drafts, context))

    async def command(
        self, service: str, name: str, ticket: str, role: Role = Role.TIER1, who: str = "tess", **body: Any
    ) -> httpx.Response:
        """One command with a new key, the cycle and the vector that this person has seen."""
        headers = self.headers(role, who, **{"Idempotency-Key": str(uuid4())})
        if ticket in self.seen:
            headers["Desk-Seen"] = self.seen[ticket]
        return await self._post(f"/{service}/tickets/{ticket}/{name}", headers, {"cycle": 1, **body}, ticket)

    async def does(self, service: str, name: str, ticket: str, **how: Any) -> dict[str, Any]:
        """The command is accepted; its answer."""
        answer = await self.command(service, name, ticket, **how)
        assert answer.status_code == 200, (name, answer.status_code, answer.text)
        body: dict[str, Any] = answer.json()
        return body

    async def opens(self, who: str = "tess", **body: Any) -> str:
        """A new ticket of Acme; its id."""
        headers = self.headers(Role.TIER1, who, **{"Idempotency-Key": str(uuid4())})
        fields = {"client": c.CLIENT, "contact": c.CONTACT, "problem": "VPN drops every ten minutes", **body}
        answer = await self._post("/intake/tickets", headers, fields, None)
        assert answer.status_code == 201, answer.text
        ticket: str = answer.json()["subject"]
        self.seen[ticket] = answer.headers["Desk-Seen"]
        return ticket

    async def _post(self, path: str, headers: dict[str, str], body: Any, ticket: str | None) -> httpx.Response:
        answer = await self.http.post(path, json=body, headers=headers)
        if ticket is not None and "Desk-Seen" in answer.headers:
            self.seen[ticket] = answer.headers["Desk-Seen"]
        return answer

    async def read(self, service: str, ticket: str, **query: str) -> dict[str, Any]:
        """The ticket as that service knows it."""
        headers = self.headers(Role.COORDINATOR, "coco")
        answer = await self.http.get(f"/{service}/tickets/{ticket}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def _read_if_there(self, service: str, ticket: str) -> dict[str, Any]:
        """The ticket as that service knows it; empty while it has not heard of the ticket."""
        answer = await self.http.get(f"/{service}/tickets/{ticket}", headers=self.headers(Role.COORDINATOR, "coco"))
        assert answer.status_code == 200 or answer.json()["code"] == "unknown_ticket", answer.text
        body: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return body

    async def facts(self, service: str, ticket: str) -> list[str]:
        """Names of the ticket's facts there, oldest first."""
        headers = self.headers(Role.COORDINATOR, "coco")
        answer = await self.http.get(f"/{service}/tickets/{ticket}/timeline", headers=headers)
        return [item["type"].split(".")[2] for item in answer.json()["items"]]

    async def all_applied(self, ticket: str, services: Sequence[str]) -> None:
        """Wait until these services have applied the same facts of the ticket."""
        end = time.monotonic() + PATIENCE
        while True:
            found = [(await self._read_if_there(service, ticket)).get("seen") for service in services]
            if found[0] is not None and all(seen == found[0] for seen in found):
                return
            assert time.monotonic() < end, f"the services never agreed: {found}"
            await asyncio.sleep(0.05)

    async def replicated(self, service: str, stream: Stream, subject: str, wanted: Callable[[Any], bool]) -> None:
        """Wait until that service's replica of an aggregate is so."""
        end = time.monotonic() + PATIENCE
        while not wanted((await self.running.hosted[service].service.replica(stream, subject)).state):
            assert time.monotonic() < end, f"{service}: {subject} never came"
            await asyncio.sleep(0.05)

    async def until(self, service: str, ticket: str, **wanted: Any) -> dict[str, Any]:
        """Wait until that service's ticket reads so."""
        end = time.monotonic() + PATIENCE
        while True:
            found = await self._read_if_there(service, ticket)
            if found and all(found[name] == value for name, value in wanted.items()):
                return found
            assert time.monotonic() < end, f"{service}: {wanted} never came, it reads {found}"
            await asyncio.sleep(0.05)
