"""A service's HTTP application in memory: tokens, replica progress, and an ASGI client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, FastAPI
from opentelemetry.sdk.trace.export import SpanExporter

from desk.clock import Clock
from desk.decision.principal import ALL, Role
from desk.http.app.application import build_app, make_http_context
from desk.http.app.health import Checks, Health
from desk.http.auth.issuer import DevelopmentIssuer
from desk.settings import Settings
from desk.telemetry import Tracing
from desk.testing.clock import FakeClock

_KEY = Ed25519PrivateKey.generate()


class AppliedAtOnce:
    """Replica progress as given, without waiting. Without `held` everything counts as applied.

    `tickets`: what is held of single tickets instead.
    """

    def __init__(self, held: Mapping[str, int] | None = None) -> None:
        self.held = held
        self.tickets: dict[str, Mapping[str, int]] = {}
        self.asked: list[tuple[str, Mapping[str, int], float]] = []

    async def wait_applied(self, ticket_id: str, vector: Mapping[str, int], timeout: float) -> Mapping[str, int]:  # noqa: ASYNC109
        self.asked.append((ticket_id, vector, timeout))
        held = self.tickets.get(ticket_id, self.held)
        if held is None:
            return {}
        return {owner: held.get(owner, 0) for owner, seq in vector.items() if held.get(owner, 0) < seq}


class Bench:
    """An application made of routers, with its parts for tests: `app`, `progress`, `clock`, `metrics`."""

    def __init__(
        self,
        routers: Sequence[APIRouter],
        *,
        service: str = "triage",
        clock: Clock | None = None,
        health: Health | None = None,
        progress: AppliedAtOnce | None = None,
        exporter: SpanExporter | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.clock, self.progress = clock or FakeClock(), progress or AppliedAtOnce()
        self.issuer = DevelopmentIssuer(_KEY, "test", "deskstream", self.clock)
        self.settings = Settings.from_env({"DESK_DATABASE_URL": "postgresql://127.0.0.1/none"}, **(settings or {}))
        self.http_context = make_http_context(
            service,
            self.settings,
            verifier=self.issuer.verifier(),
            replica_progress=self.progress,
            tracing=Tracing(service, exporter=exporter),
        )
        self.metrics = self.http_context.metrics
        self.app: FastAPI = build_app(self.http_context, routers, health or Checks())

    def client(self, *roles: Role, clients: Iterable[str] | Literal["*"] = ALL, sub: str = "ann") -> httpx.AsyncClient:
        """A client with a token of these roles; without roles it sends no token."""
        headers = {"Authorization": f"Bearer {self.issuer.issue(roles, clients, sub=sub)}"} if roles else {}
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers)


def fresh_key() -> dict[str, str]:
    """A new Idempotency-Key as headers."""
    return {"Idempotency-Key": str(uuid4())}
