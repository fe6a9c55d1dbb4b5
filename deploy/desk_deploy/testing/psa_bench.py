"""A simulated PSA, intake on real PostgreSQL, and optional other services, advanced step by step by a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.bus.local.bus import LocalBus
from desk.bus.port import Bus
from desk.contract.event import Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.policies.intake import WriteLevel
from desk.decision.principal import Role
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.http.auth.issuer import DevelopmentIssuer
from desk.keyring.postgres import PostgresKeyRing
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.policies.following import follow
from desk.service.composition import ServiceApp, build_service
from desk.service.definition import Definition
from desk.service.service import RuntimeContext
from desk.settings import Settings
from desk.telemetry import Tracing
from desk.testing.events import AnyEvent
from desk_deploy.testing.simulated_psa import BASE, CALLBACK, PSA, PsaClock, ToDesk, connect_to, instance
from desk_intake.main import INTAKE
from desk_intake.psa.composition import Gateway, psa_integrations_with
from desk_intake.psa.ids import ticket_id
from desk_integrations.psa.connectwise import ConnectWiseInstance
from desk_simulators.connectwise import ConnectWiseSimulator, Faults, sign
from desk_simulators.connectwise.status_map import status_map

TYPES = ("ticket", "time", "company", "contact", "configuration", "agreement", "member")


class Bench:
    """One desk connected to one PSA."""

    def __init__(
        self, psa: ConnectWiseSimulator, clock: PsaClock, hosted: Mapping[str, ServiceApp], issuer: DevelopmentIssuer
    ) -> None:
        self.psa, self.clock, self.hosted, self.issuer = psa, clock, hosted, issuer
        self.gateway: Gateway
        self.intake = hosted["intake"]
        self.jdoe = psa.technician("jdoe")
        self.http: httpx.AsyncClient

    @property
    def psa_instance(self) -> Any:  # Any: tests reach the connector behind its port
        return self.gateway.psa_instances[PSA]

    def open_ticket(self, summary: str = "VPN down", **more: Any) -> int:  # Any: fields of the record
        """Open a ticket in the PSA as a technician; return its record id."""
        return int(self.jdoe.open_ticket(summary, 250, contact=611, **more)["id"])

    def authorised(self, role: Role) -> dict[str, str]:
        """Headers with a token of this role and a new idempotency key."""
        return {"Authorization": f"Bearer {self.issuer.issue([role])}", "Idempotency-Key": str(uuid4())}

    @property
    def poller(self) -> Any:  # Any: tests reach its parts
        return self.gateway.pollers[PSA]

    async def deliver(self) -> int:
        """Deliver every waiting callback to the desk; return their number."""
        return await self.psa.deliver_pending()

    async def settle(self) -> None:
        """Deliver callbacks, replicate facts and make calls until the desk has drained."""
        for _ in range(60):
            moved = await self.deliver() + await self.gateway.reader.drain()
            moved += await self._replicate()
            moved += await self._called()
            if not moved:
                return
        raise AssertionError("the desk does not drain")

    async def _replicate(self) -> int:
        last = await self._lasts()
        async with asyncio.timeout(60):
            while any([sum((await h.service._context.bus.lag()).values()) for h in self.hosted.values()]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return int(await self._lasts() != last)

    async def _lasts(self) -> list[int]:
        return [
            await asyncio.to_thread(h.service.log.store.read, lambda reads: reads.totals()[2])
            for h in self.hosted.values()
        ]

    async def _called(self) -> int:
        made = 0
        for kind in self.kinds:
            while count := await self.intake.service.worker.turn(kind):
                made += count
        return made

    async def until_called(self, seconds: float = 20) -> None:
        """Make calls that wait for their next attempt, until none is left."""
        store = self.intake.service.log.store
        query = "SELECT count(*) FROM effects WHERE state IN ('planned', 'sent', 'unknown')"
        for _ in range(int(seconds * 5)):
            store.execute(lambda cursor: cursor.execute("UPDATE effects SET next = now(), leased = NULL"))
            await self.settle()
            if store.execute(lambda cursor: cursor.execute(query).fetchone()) == (0,):
                return
            await asyncio.sleep(0.2)
        raise AssertionError("calls are left")

    @property
    def kinds(self) -> Sequence[OutboundCallKind]:
        return self.intake.service.spec.kinds

    async def ticket(self, record: int, service: str = "intake") -> Ticket:
        """The ticket of a record in a service's replica."""
        return await self.by_id(ticket_id(PSA, str(record)), service)

    async def by_id(self, ticket: str, service: str = "intake") -> Ticket:
        state: Ticket = (await self.hosted[service].service.replica(Stream.TICKETS, ticket)).state
        return state

    async def facts(self, record: int | str, name: str | None = None) -> list[AnyEvent]:
        """All decoded facts of a record's ticket in intake's store, or those with one name."""
        subject = ticket_id(PSA, str(record)) if isinstance(record, int) else record
        log = self.intake.service.log
        rows = await asyncio.to_thread(log.store.read, lambda reads: reads.events_after({subject: 0}))
        events = [log.language.decode(row.raw) for row in rows]
        return [e for e in events if name is None or e.data.name == name]

    async def observed(self, record: int) -> list[Any]:
        """The observations of a record, in order."""
        return [event.data for event in await self.facts(record, "psa-observed")]

    async def publish(self, content: Mapping[str, object], version: str) -> None:
        """Put another status map in force."""
        for hosted in self.hosted.values():
            hosted.parts.policies.put("status-map", version, content)

    def permit(self, content: Mapping[str, object], version: str) -> None:
        """Put another write-back policy in force."""
        for hosted in self.hosted.values():
            hosted.parts.policies.put("write-back", version, content)

    async def post(self, body: bytes, name: str = PSA, signature: str | None = "", **query: str) -> httpx.Response:
        """Post a callback; signed with the PSA's key unless a signature (or None) is given."""
        signed = sign(self.psa.state.instance.signing_key, body) if signature == "" else signature
        headers = {"content-type": "application/json"} | ({"x-content-signature": signed} if signed else {})
        return await self.http.post(f"/psa/{name}/callbacks", content=body, headers=headers, params=query)


def _intake_with(psa: ConnectWiseSimulator, made: list[Gateway], config: ConnectWiseInstance) -> Definition:
    return replace(INTAKE, integrations=psa_integrations_with([config], connect_to(psa), made.append))


def _host(
    database: str,
    definitions: Sequence[Definition],
    bus: Callable[[CommitNotifier], Bus],
    tracing: Mapping[str, Tracing],
    ring: PostgresKeyRing,
    issuer: DevelopmentIssuer,
) -> dict[str, ServiceApp]:
    settings, notifier = Settings.from_env({"DESK_DATABASE_URL": database}), CommitNotifier()
    hosted: dict[str, ServiceApp] = {}
    for one in definitions:
        migrate(database, one.owner, one.migrations)
        context = RuntimeContext(database, bus(notifier), catalogued(ring), notifier, tracing=tracing.get(one.owner))
        hosted[one.owner] = build_service(one, settings, context, ring, issuer.verifier())
    return hosted


@asynccontextmanager
async def bench(
    database: str,
    *others: Definition,
    faults: Faults | None = None,
    hooks: bool = True,
    config: Mapping[str, Any] | None = None,  # Any: fields of the instance, of several types
    bus: Callable[[CommitNotifier], Bus] = LocalBus,
    tracing: Mapping[str, Tracing] | None = None,
    write_back: WriteLevel | None = "everything",
) -> AsyncIterator[Bench]:
    """Run a desk on `database` with intake and other services, and a PSA that sends its callbacks to it.

    `tracing`: by service; the others record no spans. `write_back`: level of the policy to publish, None for no policy.
    """
    clock, to_desk, made = PsaClock(), ToDesk(), list[Gateway]()
    psa = ConnectWiseSimulator(clock=clock, mode="manual", callback_transport=to_desk, faults=faults)
    ring, issuer = PostgresKeyRing(database), DevelopmentIssuer(Ed25519PrivateKey.generate(), "test", "deskstream")
    definitions = (_intake_with(psa, made, instance(**(config or {}))), *others)
    hosted = _host(database, definitions, bus, tracing or {}, ring, issuer)
    found = Bench(psa, clock, hosted, issuer)
    found.gateway = made[0]
    to_desk.inner = httpx.ASGITransport(hosted["intake"].app)
    found.http = httpx.AsyncClient(transport=to_desk, base_url=BASE)
    await _started(found, hooks, write_back)
    try:
        yield found
    finally:
        await _stopped(found, ring)


@asynccontextmanager
async def another_intake(desk: Bench, database: str) -> AsyncIterator[tuple[ServiceApp, Gateway]]:
    """Run a second intake with its own store, writer, locks, caches and connections."""
    ring, made = PostgresKeyRing(database), list[Gateway]()
    hosted = _host(database, (_intake_with(desk.psa, made, instance()),), LocalBus, {}, ring, desk.issuer)["intake"]
    hosted.parts.policies.put("status-map", "2", status_map())
    hosted.parts.policies.put("write-back", "2", {"default": "everything"})
    hosted.service.worker.dry_run = True
    await hosted.service.start()
    try:
        yield hosted, made[0]
    finally:
        await hosted.service.stop()
        await made[0].psa_instances[PSA].access.connection.aclose()
        ring.close()


async def _started(found: Bench, hooks: bool, write_back: WriteLevel | None) -> None:
    await found.publish(status_map(), "2")
    if write_back is not None:
        found.permit({"default": write_back}, "2")
    for hosted in found.hosted.values():
        hosted.service.worker.dry_run = True
        # Records have the PSA's dates: by the machine's clock, all their due times would have passed.
        hosted.service.timers.present = found.clock
        follow(hosted.parts.policies, hosted.service.log)
        await asyncio.to_thread(hosted.prepare)
        await hosted.service.start()
    if hooks:
        await found.psa_instance.access.connection.psa.client.ensure_callbacks(CALLBACK, TYPES)


async def _stopped(found: Bench, ring: PostgresKeyRing) -> None:
    for hosted in found.hosted.values():
        await hosted.service.stop()
    await found.psa_instance.access.connection.aclose()
    await found.http.aclose()
    await found.psa.stop()
    ring.close()
