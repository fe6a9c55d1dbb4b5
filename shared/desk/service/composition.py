"""The composition root that every service shares: a definition of explicit tables becomes a running, served service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from desk.contract.event import Payload, Sealed, Stream, type_of
from desk.contract.sealing import KeyRing, disclose, fingerprint, lacks_key, open_text, sealing_subject, unseal
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import Command
from desk.decision.context import Reaction
from desk.decision.event_model import EventModel
from desk.decision.planning import DueHandler, Effects, Timers
from desk.decision.policies.documents import DOCUMENTS
from desk.eventstore.table_writer import View
from desk.eventstore.tables import Tables
from desk.http.admin.policies import policy_routes
from desk.http.admin.policy_versions import Policies, PolicyChecks
from desk.http.app.application import build_app, make_face
from desk.http.app.health import Checks
from desk.http.app.http_context import HttpContext
from desk.http.auth.access_denials import DenialReporter
from desk.http.auth.tokens import TokenVerifier
from desk.http.commands.ticket_commands import Lookup, TicketCommands, command_routes
from desk.http.reads.exports import export_routes
from desk.http.reads.ticket_reads import TicketReads, read_routes
from desk.keyring.postgres import PostgresKeyRing
from desk.outbox.outbound_call import OutboundCallKind
from desk.policies.book import PolicyBook
from desk.policies.following import Following
from desk.projections.tickets import TicketsView
from desk.service.key_routes import key_routes
from desk.service.key_watch import KeyWatch
from desk.service.operator_routes import operation_routes
from desk.service.replica_progress import ReplicaProgress
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.settings import Settings
from desk.telemetry import Tracing

Routers = Callable[["Parts"], Sequence[APIRouter]]


class Worker(Protocol):
    """Work of a service that goes on between `start` and `stop`, beside hearing, timers and calls."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Integrations(NamedTuple):
    """A service's dealings with the outside that share clients and credentials, made once per running service.

    `effects` plans calls for own facts and for heard ones, `kinds` makes them. `routers` and `workers` are asked for
    once the parts are there; workers start after the service and stop before it. `views` and `lookups` join those of
    the definition. `prepare` runs before the service starts, on a schema that is there.
    """

    kinds: Sequence[OutboundCallKind] = ()
    effects: Mapping[type[Payload], Effects] = {}
    routers: Routers = lambda _parts: ()
    workers: Callable[[Parts], Sequence[Worker]] = lambda _parts: ()
    views: Sequence[View] = ()
    lookups: Mapping[str, Lookup] = {}
    prepare: Callable[[Parts], None] = lambda _parts: None


@dataclass(frozen=True)
class Definition:
    """One service by its tables, keyed by payload class. Facts of other owners and its own may both have reactions.

    `policies` are built-in versions 1 beyond those of `desk.policies`, `documents` the shape of their documents,
    `checks` what they are checked for beyond it.
    `routers` makes the routes beside commands and reads, `kinds` the calls to the outside, once the parts are there.
    `outside` makes what deals with the outside as a whole. `migrations` is a folder of Alembic revisions of the
    service's own tables. `scheduling` makes timers that need policies to know their moment. `folding` is the language
    of a service that folds more from the facts than the published states; these stay what the others see.
    """

    owner: str
    reactions: Mapping[type[Payload], Reaction] = field(default_factory=dict)
    commands: tuple[Command, ...] = ()
    effects: Mapping[type[Payload], Effects] = field(default_factory=dict)
    timers: Mapping[type[Payload], Timers] = field(default_factory=dict)
    due: Mapping[str, DueHandler] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    policies: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    checks: PolicyChecks = field(default_factory=dict)
    lookups: Callable[[Parts], Mapping[str, Lookup]] = lambda _parts: {}
    routers: Routers = lambda _parts: ()
    kinds: Callable[[Settings, KeyRing], Sequence[OutboundCallKind]] = lambda _settings, _ring: ()
    integrations: Callable[[Settings, KeyRing, PolicyBook], Integrations] = lambda _settings, _ring, _book: (
        Integrations()
    )
    migrations: Path | None = None
    scheduling: Callable[[PolicyBook], Mapping[type[Payload], Timers]] = lambda _book: {}
    folding: Callable[[EventModel], EventModel] = lambda language: language

    def tables(self, integrations: Integrations | None = None, book: PolicyBook | None = None) -> Tables:
        """The same tables keyed by wire type, own facts apart from those heard; `outside` adds its effects, `book`
        the timers of `scheduling`.
        """
        timers = {**self.timers, **(self.scheduling(book) if book is not None else {})}
        effects = {**self.effects, **(integrations.effects if integrations else {})}
        own = {type_of(p, self.owner): r for p, r in self.reactions.items() if p.spec.owner == self.owner}
        heard = {type_of(p): r for p, r in self.reactions.items() if p.spec.owner != self.owner}
        return Tables(
            reactions=heard,
            own_reactions=own,
            effects={self._type(p): e for p, e in effects.items()},
            timers={type_of(p): t for p, t in timers.items()},
            due=self.due,
            views=(TicketsView(), *self.views, *(integrations.views if integrations else ())),
            imported=imported,
        )

    def _type(self, payload: type[Payload]) -> str:
        return type_of(payload, self.owner if payload.spec.owner == "each" else None)


def imported(state: Any) -> bool:
    """History that was not adopted: no effect is planned for it and no timer armed."""
    return isinstance(state, Ticket) and state.intake.imported


@dataclass(frozen=True)
class Parts:
    """What a service's own routes may use."""

    service: Service
    policies: PolicyBook
    ring: KeyRing
    settings: Settings
    face: HttpContext

    def unseal(self, value: Any) -> Any:
        """A payload or text with every text readable whose key is there."""
        return unseal_any(value, self.ring)

    def lacks_key(self, payload: Payload) -> bool:
        """Whether a text of the payload waits for a key that may come back with the key ring."""
        return lacks_key(payload, self.ring)

    def disclose(self, value: Any) -> Any:
        """The same for readers: in place of a text that cannot be read stands why."""
        return disclose(value, self.ring)


@dataclass(frozen=True)
class ServiceApp:
    """A service ready to run: enter `app`'s lifespan (or `running()`) to start it. `prepare` runs before that."""

    service: Service
    app: FastAPI
    parts: Parts
    prepare: Callable[[], None]


def build_service(
    definition: Definition, settings: Settings, context: RuntimeContext, ring: PostgresKeyRing, verifier: TokenVerifier
) -> ServiceApp:
    """Compose the service and its application. Nothing runs before the application's lifespan is entered."""
    book = PolicyBook(definition.policies, context.clock)
    outside = definition.integrations(settings, ring, book)
    kinds = (*definition.kinds(settings, ring), *outside.kinds)
    spec = ServiceSpec(definition.owner, definition.tables(outside, book), book, kinds)
    tracing = context.tracing or Tracing(definition.owner, endpoint=settings.otlp)
    service = Service(spec, context._replace(language=definition.folding(context.language), tracing=tracing))
    face = make_face(
        definition.owner,
        settings,
        verifier=verifier,
        hearing=ReplicaProgress(service),
        metrics=service.metrics,
        tracing=tracing,
    )
    parts = Parts(service, book, ring, settings, face)
    prepare = partial(outside.prepare, parts)
    runner = TicketCommands(service.log, book, _fingerprints(ring), {**definition.lookups(parts), **outside.lookups})
    reads, keys = TicketReads(service.log, book, parts.disclose), KeyWatch(service, ring)
    routers = [
        command_routes(definition.commands, runner),
        read_routes(reads),
        export_routes(service.log, service.metrics),
        operation_routes(service, keys),
        key_routes(keys),
        policy_routes(Policies(service.log, book, {**DOCUMENTS, **definition.documents}, definition.checks)),
        *definition.routers(parts),
        *outside.routers(parts),
    ]
    service.log.loops.limit = settings.stall_after
    following = Following(book, service.log)
    service.details["policies_refused"] = following.listed
    telling = DenialReporter(
        face.refused, lambda fact: service.record_operations_event(fact, subject=fact.who), loops=service.log.loops
    )
    workers = (telling, *outside.workers(parts))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following.begin()
        await asyncio.to_thread(prepare)
        async with AsyncExitStack() as running:
            running.push_async_callback(asyncio.to_thread, tracing.flush)
            await keys.begin()
            started: tuple[Worker, ...] = (service, keys, following, *workers)
            for worker in started:
                running.push_async_callback(worker.stop)
                await worker.start()
            yield

    app = build_app(face, routers, _health(service, keys, following), lifespan=lifespan, says=service.says)
    return ServiceApp(service, app, parts, prepare)


def _fingerprints(ring: KeyRing) -> Callable[[str, Ticket], Callable[[str], str]]:
    def keyed(ticket_id: str, ticket: Ticket) -> Callable[[str], str]:
        return lambda text: fingerprint(text, ring, sealing_subject(Stream.TICKETS, ticket_id, ticket))

    return keyed


def unseal_any(value: Any, ring: KeyRing) -> Any:
    """`unseal` for structs, and for single texts and their marks."""
    if isinstance(value, Sealed):
        opened = open_text(value, ring)
        return value if opened is None else opened
    return value if isinstance(value, str) else unseal(value, ring)


def _health(service: Service, keys: KeyWatch, following: Following) -> Checks:
    async def store() -> str | None:
        return await asyncio.to_thread(service.log.store.refusal)

    async def write_back() -> str | None:
        return "; ".join(service.says()) or None

    return Checks(
        live={"hearing": service.live},
        ready={"store": store, **service.ready_checks},
        notes={"keys": keys.ready, "write-back": write_back, "policies": following.note},
        loops=service.log.loops,
    )
