"""The gateway as a whole: what the composition root of intake asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from fastapi import APIRouter

from desk.contract.event import Event
from desk.contract.sealing import KeyRing
from desk.contract.ticket.intake.facts import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall
from desk.policies.book import PolicyBook
from desk.policies.write_back import WritePlace
from desk.service.definition import Integrations, Worker
from desk.service.parts import Parts
from desk.settings import Settings
from desk_intake.psa.config import PsaConfigError, PsaInstanceSettings, load
from desk_intake.psa.connection import Connect, Link, connect, vendor_settings
from desk_intake.psa.instance import PsaInstance, psa_instance_of
from desk_intake.psa.observe.status_remap import Remapper
from desk_intake.psa.receive.receipt_worker import ReceiptWorker
from desk_intake.psa.receive.receipts import unread
from desk_intake.psa.receive.webhook import webhook_routes
from desk_intake.psa.reconcile.feeds import feeds_of, stale
from desk_intake.psa.reconcile.poller import Poller
from desk_intake.psa.reconcile.reconcile_api import reconcile_routes
from desk_intake.psa.write_back.calls import Calls
from desk_intake.psa.write_back.cause_lookup import cause_of
from desk_intake.psa.write_back.gate import WriteBackGate
from desk_intake.psa.write_back.levels import Levels, states
from desk_intake.psa.write_back.planning import SUMMARY, WriteBackPlanner
from desk_intake.psa.write_back.prior_writes import PriorWrites
from desk_intake.psa.write_back.would_write import WouldWriteView, would_write_routes

MOST_COUNTED = 100_000


class Gateway:
    """Every configured PSA of this desk. The parts come when the service has been made."""

    def __init__(self, links: Sequence[Link], book: PolicyBook) -> None:
        self.links = {link.config.id: link for link in links}
        instances = {name: link.config for name, link in self.links.items()}
        self.levels = Levels(book)
        self.planner = WriteBackPlanner(instances, book, self._missed)
        self.gate = WriteBackGate(instances, self.levels, self.planner.effects(), book)
        self.gate.look = self._look
        self.prior_writes = PriorWrites(list(instances), self.levels)
        self.psa_instance: dict[str, PsaInstance] = {}
        self.pollers: dict[str, Poller] = {}
        self.wake = asyncio.Event()
        self._since = time.monotonic()

    def routers(self, parts: Parts) -> Sequence[APIRouter]:
        """The routes of the gateway."""
        self.psa_instance = {name: psa_instance_of(link, parts, self.gate) for name, link in self.links.items()}
        self.pollers = {name: Poller(psa_instance) for name, psa_instance in self.psa_instance.items()}
        log = parts.service.log
        parts.service.unread = lambda: log.store.execute(lambda cursor: unread(cursor, MOST_COUNTED))
        parts.service.write_back = lambda: states(self.levels, parts.policies, list(self.links))
        configs = [link.config for link in self.links.values()]
        if configs:
            parts.service.details["psa"] = lambda: [
                log.store.execute(partial(feeds_of, config=config)) for config in configs
            ]
            parts.service.ready_checks["psa"] = partial(self._ready, parts, configs)
        return (
            webhook_routes(self.links, parts.service.log, self.wake),
            reconcile_routes(self.psa_instance, self.pollers, parts),
            would_write_routes(parts),
        )

    async def _ready(self, parts: Parts, configs: Sequence[PsaInstanceSettings]) -> str | None:
        """None while every feed had a whole turn within its limit."""
        store = parts.service.log.store
        found = [await asyncio.to_thread(store.execute, partial(feeds_of, config=config)) for config in configs]
        uptime = time.monotonic() - self._since
        return "; ".join(text for one in found for text in stale(one, uptime)) or None

    def workers(self, parts: Parts) -> Sequence[Worker]:
        """What goes on while the service runs."""
        if not self.links:
            return ()
        self.reader = ReceiptWorker(self.psa_instance, parts, self.wake)
        return (
            Closing(self.links.values()),
            self.prior_writes,
            self.reader,
            Remapper(self.pollers, parts),
            *self.pollers.values(),
        )

    def _missed(self, event: Event, ticket: Ticket) -> bool:
        instance, _, board = (ticket.intake.destination or "").partition(":")
        place, opened_at = WritePlace(instance, board, ticket.intake.client), ticket.intake.opened_at
        if opened_at is None or self.levels.of(place, event.recordedtime) != "everything":
            return False
        return self.levels.interrupted(place, opened_at, event.recordedtime)

    async def _look(self, planned: OutboundCall, ticket: Ticket) -> tuple[Event | None, Ticket]:
        """The fact that asked for a call, where its level depends on it, and the ticket that the call writes about."""
        psa_instance = self.psa_instance.get(ticket.intake.instance or planned.data.decode()) or next(
            iter(self.psa_instance.values()), None
        )
        if psa_instance is None or (planned.kind != "psa-note" and planned.data != SUMMARY):
            return None, ticket
        event = await cause_of(psa_instance.desk, planned)
        root = ticket.intake.merged_into
        if root is not None and event is not None and isinstance(event.data, ReplySent | NoteAdded):
            ticket = await psa_instance.desk.ticket(root)
        return event, ticket


class Closing:
    """Closes the connections when everything else has stopped."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._links = list(links)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        for link in self._links:
            await link.aclose()


def psa_integrations(settings: Settings, ring: KeyRing, book: PolicyBook) -> Integrations:
    """The dealings with every PSA that DESK_PSA names. PsaConfigError when the document cannot be used."""
    instances = load(settings.psa)
    for instance in instances:
        try:
            vendor_settings(instance)
        except ValueError as error:
            text = str(error).replace("company_id:", "company:")
            raise PsaConfigError(f"DESK_PSA: {settings.psa}: instance {instance.id}: {text}") from None
    return psa_integrations_with(instances)(settings, ring, book)


def psa_integrations_with(
    instances: Sequence[PsaInstanceSettings],
    make: Connect = connect,
    made: Callable[[Gateway], object] = lambda _gateway: None,
) -> Callable[[Settings, KeyRing, PolicyBook], Integrations]:
    """The dealings with these instances; `made` is told of the gateway that was composed."""

    def compose(settings: Settings, ring: KeyRing, book: PolicyBook) -> Integrations:
        gateway = Gateway([make(instance, settings) for instance in instances], book)
        made(gateway)
        gate = gateway.gate
        kinds = tuple(map(gate.guard, Calls(lambda: gateway.psa_instance, book).kinds())) if instances else ()
        return Integrations(
            kinds,
            {kind: (plan,) for kind, plan in gate.effects().items()},
            gateway.routers,
            gateway.workers,
            (WouldWriteView(gate.unpermitted, gateway.levels.next_change),),
            {"destination": lambda _body, _client: gateway.planner.destination},
            gateway.prior_writes.prepare,
        )

    return compose
