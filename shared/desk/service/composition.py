"""The composition root of every service: builds a service and its application from a definition of explicit tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, FastAPI

from desk.contract.event import Stream
from desk.contract.sealing import KeyRing, fingerprint, sealing_subject
from desk.contract.ticket.ticket import Ticket
from desk.decision.policies.documents import DOCUMENTS
from desk.http.admin.policies import policy_routes
from desk.http.admin.policy_versions import Policies
from desk.http.app.application import build_app, make_http_context
from desk.http.app.health import Checks
from desk.http.auth.access_denials import DenialReporter
from desk.http.auth.tokens import TokenVerifier
from desk.http.commands.ticket_commands import TicketCommands, command_routes
from desk.http.reads.ticket_reads import TicketReads, read_routes
from desk.keyring.postgres import PostgresKeyRing
from desk.policies.book import PolicyBook
from desk.policies.following import Following
from desk.projections.exports.routes import export_routes
from desk.projections.tickets import ticket_routes
from desk.service.definition import Definition, Integrations, Worker, tables_of
from desk.service.key_routes import key_routes
from desk.service.key_watch import KeyWatch
from desk.service.operator_routes import operation_routes
from desk.service.parts import Parts
from desk.service.replica_progress import ReplicaProgress
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.settings import Settings
from desk.telemetry import Tracing


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
    """Compose the service and its application. Nothing runs until the application's lifespan is entered."""
    book = PolicyBook(definition.policies.builtin, context.clock)
    added = definition.integrations(settings, ring, book)
    spec = ServiceSpec(definition.owner, tables_of(definition, added, book), book, added.kinds)
    tracing = context.tracing or Tracing(definition.owner, endpoint=settings.otlp)
    service = Service(spec, context._replace(language=definition.folding(context.language), tracing=tracing))
    http_context = make_http_context(
        definition.owner,
        settings,
        verifier=verifier,
        replica_progress=ReplicaProgress(service),
        metrics=service.metrics,
        tracing=tracing,
    )
    parts, keys = Parts(service, book, ring, settings, http_context), KeyWatch(service, ring)
    service.log.loops.limit = settings.stall_after
    following = Following(book, service.log)
    service.details["policies_refused"] = following.listed
    prepare = partial(added.prepare, parts)
    reporter = DenialReporter(
        http_context.denials, lambda f: service.record_operations_event(f, subject=f.who), loops=service.log.loops
    )
    routers = _routers(definition, added, parts, keys)
    workers: tuple[Worker, ...] = (service, keys, following, reporter, *added.workers(parts))
    lifespan = _lifespan(following, prepare, tracing, keys, workers, added.close)
    app = build_app(http_context, routers, _health(service, keys, following), lifespan=lifespan, says=service.says)
    return ServiceApp(service, app, parts, prepare)


def _routers(definition: Definition, added: Integrations, parts: Parts, keys: KeyWatch) -> list[APIRouter]:
    """Routes of commands and reads, of operators and policies, then the service's own."""
    service, book, own = parts.service, parts.policies, definition.policies
    lookups = {**definition.lookups(parts), **added.lookups}
    return [
        command_routes(definition.commands, TicketCommands(service.log, book, _fingerprints(parts.ring), lookups)),
        ticket_routes(service.log),
        read_routes(TicketReads(service.log, book, parts.disclose)),
        export_routes(service.log, service.metrics),
        operation_routes(service, keys),
        key_routes(keys),
        policy_routes(Policies(service.log, book, {**DOCUMENTS, **own.documents}, own.checks)),
        *definition.routers(parts),
        *added.routers(parts),
    ]


def _lifespan(
    following: Following,
    prepare: Callable[[], None],
    tracing: Tracing,
    keys: KeyWatch,
    workers: Sequence[Worker],
    close: Callable[[], Awaitable[None]],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Start the workers in their order on entry; stop those that were started in the opposite one, then `close`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following.begin()
        await asyncio.to_thread(prepare)
        async with AsyncExitStack() as running:
            running.push_async_callback(asyncio.to_thread, tracing.flush)
            running.push_async_callback(close)
            await keys.begin()
            for worker in workers:
                running.push_async_callback(worker.stop)
                await worker.start()
            yield

    return lifespan


def _fingerprints(ring: KeyRing) -> Callable[[str, Ticket], Callable[[str], str]]:
    def keyed(ticket_id: str, ticket: Ticket) -> Callable[[str], str]:
        return lambda text: fingerprint(text, ring, sealing_subject(Stream.TICKETS, ticket_id, ticket))

    return keyed


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
