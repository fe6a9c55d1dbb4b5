"""Running services for tests, on real PostgreSQL and the local bus, one of them called over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.bus.local.bus import LocalBus
from desk.clock import SystemClock
from desk.contract.event import Actor, Draft, Origin, Payload, Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import Command
from desk.http.auth.issuer import DevelopmentIssuer
from desk.keyring.postgres import PostgresKeyRing
from desk.policies import PolicyBook
from desk.service.composition import ServiceApp, build_service
from desk.service.definition import Definition
from desk.service.service import RuntimeContext, Service
from desk.settings import Settings

REPLICATED = 10.0


class Served:
    """Running services; `asked` names the one that `get` and `post` call."""

    def __init__(
        self, hosted: Mapping[str, ServiceApp], asked: str, ring: PostgresKeyRing, issuer: DevelopmentIssuer
    ) -> None:
        self.hosted, self.asked, self.ring, self._issuer = hosted, asked, ring, issuer
        transport = httpx.ASGITransport(hosted[asked].app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://desk", timeout=60)

    @property
    def service(self) -> Service:
        """The service that is called."""
        return self.hosted[self.asked].service

    async def ticket(self, ticket: str) -> Ticket:
        """The ticket as replicated in the service that is called."""
        state: Ticket = (await self.service.replica(Stream.TICKETS, ticket)).state
        return state

    async def say(
        self, subject: str, *facts: Payload | Draft, at: datetime | None = None, origin: Origin = "live"
    ) -> None:
        """Record facts as their owners, one after the other; returns when the called service has applied them.

        A payload belongs to the first cycle; a draft names its own cycle and attempt.
        """
        for given in facts:
            fact = given.data if isinstance(given, Draft) else given
            owner = fact.spec.owner
            first = Draft(data=fact, cycle=1 if fact.spec.cycle == "always" else None, time=at)
            draft = given if isinstance(given, Draft) else first
            who, now = Actor("service", owner), datetime.now(UTC)
            context = DecisionContext(id=uuid4(), actor=who, now=now, policies=PolicyBook(), origin=origin)
            command = Command(fact.spec.stream, subject, lambda *_, draft=draft: [draft], context)
            recorded = await self.hosted[owner].service.command(command)
            assert await self.service.wait_seen(fact.spec.stream, subject, recorded.heads, REPLICATED)

    async def get(self, path: str, *roles: Role, **params: Any) -> httpx.Response:
        """Read, by default as a coordinator."""
        headers = self.headers(*roles or (Role.COORDINATOR,), by="cora")
        return await self.http.get(path, params=params or None, headers=headers)

    async def post(self, path: str, body: Mapping[str, Any], *roles: Role, by: str = "tess") -> httpx.Response:
        """Send a command with a new key, by default as a first-line technician."""
        headers = {**self.headers(*roles or (Role.TIER1,), by=by), "Idempotency-Key": str(uuid4())}
        return await self.http.post(path, json=dict(body), headers=headers)

    def headers(self, *roles: Role, by: str, clients: Iterable[str] | Literal["*"] = "*") -> dict[str, str]:
        """Headers with a person's token, by default for every client."""
        return {"Authorization": f"Bearer {self._issuer.issue(roles, clients, sub=by)}"}


@asynccontextmanager
async def served(database: str, asked: Definition, *peers: str | Definition) -> AsyncIterator[Served]:
    """Run `asked` and its peers. Peers given by name have no behaviour; they record facts on request."""
    notifier, issuer = (
        CommitNotifier(),
        DevelopmentIssuer(Ed25519PrivateKey.generate(), "test", "deskstream", SystemClock()),
    )
    settings = Settings.from_env({"DESK_DATABASE_URL": database})
    named = [Definition(owner=peer) if isinstance(peer, str) else peer for peer in peers]
    async with AsyncExitStack() as stack:
        ring = stack.enter_context(PostgresKeyRing(database))
        hosted = {}
        for definition in (*named, asked):
            await asyncio.to_thread(migrate, database, definition.owner, definition.migrations)
            context = RuntimeContext(database, LocalBus(notifier), catalogued(ring), notifier)
            one = hosted[definition.owner] = build_service(definition, settings, context, ring, issuer.verifier())
            await stack.enter_async_context(one.app.router.lifespan_context(one.app))
        found = Served(hosted, asked.owner, ring, issuer)
        await stack.enter_async_context(found.http)
        yield found
