"""The PSA gateway, composed for intake's composition root."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial

from fastapi import APIRouter

from desk.contract.event import Event
from desk.contract.sealing import KeyRing
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall
from desk.eventstore.connections.leader_lock import LeaderLock
from desk.policies.book import PolicyBook
from desk.policies.write_back import WritePlace, destination_of
from desk.service.definition import Integrations, Worker
from desk.service.parts import Parts
from desk.settings import Settings
from desk_intake.decisions.opening import DESTINATION
from desk_intake.psa.connection import Connect, PsaConnection, connect
from desk_intake.psa.instance_parts import PsaInstance, psa_instance_of
from desk_intake.psa.observe.status_remap import Remapper
from desk_intake.psa.receipt_and_feed_rows import PSA_ROWS
from desk_intake.psa.receive.webhook import webhook_routes
from desk_intake.psa.receive.webhook_record_reader import PsaRecordReader
from desk_intake.psa.reconcile.feed_names import feeds_of
from desk_intake.psa.reconcile.reconcile_route import reconcile_routes
from desk_intake.psa.reconcile.reconciliation_round import PsaRounds, psa_poller
from desk_intake.psa.write_back.gate import WriteBackGate
from desk_intake.psa.write_back.grandfathered_instances import PriorWrites
from desk_intake.psa.write_back.levels_in_force import Levels, states
from desk_intake.psa.write_back.planning import SUMMARY, WriteBackPlanner
from desk_intake.psa.write_back.psa_call_kinds import PsaCallKinds
from desk_intake.psa.write_back.would_write import WouldWriteView, would_write_routes
from desk_integrations.instances.psa_document import PsaConfigError, PsaInstanceSettings, check_psa, load
from desk_integrations.polling.feed_status import overdue_feeds
from desk_integrations.polling.poller import Poller
from desk_integrations.receipts.worker import ReceiptWorker

MOST_COUNTED = 100_000


class Gateway:
    """All configured PSA instances of this desk. The parts are set once the service exists."""

    def __init__(self, connections: Sequence[PsaConnection], book: PolicyBook) -> None:
        self.connections = {connection.config.id: connection for connection in connections}
        instances = {name: connection.config for name, connection in self.connections.items()}
        self.levels = Levels(book)
        self.planner = WriteBackPlanner(instances, book, self._creation_withheld)
        self.gate = WriteBackGate(instances, self.levels, self.planner.effects(), book)
        self.gate.look = self._look
        self.prior_writes = PriorWrites(list(instances), self.levels)
        self.psa_instances: dict[str, PsaInstance] = {}
        self.rounds: dict[str, PsaRounds] = {}
        self.pollers: dict[str, Poller] = {}
        self.wake = asyncio.Event()
        self._since = time.monotonic()

    def routers(self, parts: Parts) -> Sequence[APIRouter]:
        """The routes of the gateway."""
        self.psa_instances = {
            name: psa_instance_of(connection, parts, self.gate) for name, connection in self.connections.items()
        }
        log, leader = parts.service.log, LeaderLock(parts.service.log.store, "pollers")
        self.rounds = {name: PsaRounds(psa_instance) for name, psa_instance in self.psa_instances.items()}
        self.pollers = {
            name: psa_poller(psa_instance, self.rounds[name], leader)
            for name, psa_instance in self.psa_instances.items()
        }
        receipts = PSA_ROWS.receipts
        parts.service.unread = lambda: log.store.execute(lambda cursor: receipts.unread(cursor, MOST_COUNTED))
        parts.service.write_back = lambda: states(self.levels, parts.policies, list(self.connections))
        configs = [connection.config for connection in self.connections.values()]
        if configs:
            parts.service.details["psa"] = lambda: [
                log.store.execute(partial(feeds_of, config=config)) for config in configs
            ]
            parts.service.ready_checks["psa"] = partial(self._ready, parts, configs)
        return (
            webhook_routes(self.connections, parts.service.log, self.wake),
            reconcile_routes(self.psa_instances, self.pollers, parts),
            would_write_routes(parts),
        )

    async def _ready(self, parts: Parts, configs: Sequence[PsaInstanceSettings]) -> str | None:
        """None while every feed has completed a pass within its limit, else the overdue feeds."""
        store = parts.service.log.store
        found = [await asyncio.to_thread(store.execute, partial(feeds_of, config=config)) for config in configs]
        uptime = time.monotonic() - self._since
        return "; ".join(text for one in found for text in overdue_feeds(one, uptime)) or None

    def workers(self, parts: Parts) -> Sequence[Worker]:
        """The background workers of the gateway."""
        if not self.connections:
            return ()
        self.reader = ReceiptWorker(
            {name: PsaRecordReader(one) for name, one in self.psa_instances.items()}, PSA_ROWS, parts, self.wake
        )
        return (self.prior_writes, self.reader, Remapper(self.rounds, parts), *self.pollers.values())

    async def close(self) -> None:
        """Close the connections; each also when an earlier one fails."""
        async with AsyncExitStack() as from_the_last:
            for connection in self.connections.values():
                from_the_last.push_async_callback(connection.aclose)

    def _creation_withheld(self, event: Event, ticket: Ticket) -> bool:
        place = WritePlace(*destination_of(ticket.intake.destination), ticket.intake.client)
        opened_at = ticket.intake.opened_at
        if opened_at is None or self.levels.of(place, event.recordedtime) != "everything":
            return False
        return self.levels.interrupted(place, opened_at, event.recordedtime)

    async def _look(self, planned: OutboundCall, ticket: Ticket) -> tuple[Event | None, Ticket]:
        """The fact that caused a call, if its level depends on it, and the ticket whose record the call writes."""
        psa_instance = self.psa_instances.get(ticket.intake.instance or planned.data.decode()) or next(
            iter(self.psa_instances.values()), None
        )
        if psa_instance is None or (planned.kind != "psa-note" and planned.data != SUMMARY):
            return None, ticket
        event = await psa_instance.access.fact(planned.cause)
        root = ticket.intake.merged_into
        if root is not None and event is not None and isinstance(event.data, ReplySent | NoteAdded):
            ticket = await psa_instance.access.ticket(root)
        return event, ticket


def psa_integrations(settings: Settings, ring: KeyRing, book: PolicyBook) -> Integrations:
    """The integrations of every PSA that DESK_PSA names. PsaConfigError if the document cannot be used."""
    instances = load(settings.psa)
    for instance in instances:
        try:
            check_psa(instance)
        except ValueError as error:
            raise PsaConfigError(f"DESK_PSA: {settings.psa}: instance {instance.id}: {error}") from None
    return psa_integrations_with(instances)(settings, ring, book)


def psa_integrations_with(
    instances: Sequence[PsaInstanceSettings],
    connect_to: Connect = connect,
    on_composed: Callable[[Gateway], object] = lambda _gateway: None,
) -> Callable[[Settings, KeyRing, PolicyBook], Integrations]:
    """The integrations of these instances; `on_composed` is called with the gateway."""

    def compose(settings: Settings, ring: KeyRing, book: PolicyBook) -> Integrations:
        gateway = Gateway([connect_to(instance, settings) for instance in instances], book)
        on_composed(gateway)
        gate = gateway.gate
        kinds = tuple(map(gate.guard, PsaCallKinds(lambda: gateway.psa_instances, book).kinds())) if instances else ()
        return Integrations(
            kinds,
            {kind: (plan,) for kind, plan in gate.effects().items()},
            gateway.routers,
            gateway.workers,
            (WouldWriteView(gate.unpermitted, gateway.levels.next_change),),
            dict((DESTINATION.answered_by(lambda _body, _client: gateway.planner.destination),)),
            gateway.prior_writes.prepare,
            close=gateway.close,
        )

    return compose
