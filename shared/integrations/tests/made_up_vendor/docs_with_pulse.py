"""The service docs with Pulse, composed as a service composes an integration: no part of intake is involved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import psycopg

from desk.contract.event import Draft, Stream
from desk.contract.ticket.docs.client import CsatReceived
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.eventstore.connections.leader_lock import LeaderLock
from desk.service.definition import Definition, Integrations
from desk.service.parts import Parts
from desk.testing import controls as c
from desk.testing.events import AnyEvent
from desk.testing.served import Served, served
from desk_integrations.instance_access import InstanceAccess
from desk_integrations.polling.fault_isolation import RecordFaultIsolation, RoundResult
from desk_integrations.polling.feeds import Feeds
from desk_integrations.polling.list_feed import ListFeed
from desk_integrations.polling.poller import Part, Poller
from desk_integrations.receipts.decision_item import decision_id
from desk_integrations.receipts.rows import Receipt
from desk_integrations.receipts.worker import ReceiptWorker
from desk_integrations.rows import IntegrationRows, create_tables
from desk_integrations.webhooks.route import CallbackEndpoint, callback_address, callback_routes
from desk_integrations.webhooks.subscriptions import ensure_subscriptions

from .pulse import Answer, Pulse, signature

PULSE, TICKET = "pulse-main", "t-1"
FEEDS = ("answers", "again", "hooks")
ROWS = IntegrationRows("pulse")


@dataclass(frozen=True)
class PulseSettings:
    """Implements `PolledInstance`."""

    id: str = PULSE
    vendor: str = "pulse"
    poll: float = 3600.0
    overlap: float = 120.0
    sweep: float = 7200.0
    stale_after: float = 1800.0
    skip: Sequence[str] = ()
    address: str | None = "https://desk.example/docs"


class PulseReader:
    """Implements `RecordReader`: one answer, read by its number and recorded as a rating of its ticket."""

    def __init__(self, pulse: Pulse, access: InstanceAccess) -> None:
        self._pulse, self._access = pulse, access

    async def read(self, receipts: Sequence[Receipt]) -> bool:
        found = await self._pulse.get(receipts[0].record)
        await self.show(found, [receipt.id for receipt in receipts])
        return True

    def parks(self, kind: str) -> bool:
        return True

    async def reread(self, record: str) -> int:
        return await self.show(await self._pulse.get(record))

    async def show(self, found: Answer, receipts: Sequence[int] = ()) -> int:
        def decision(_ticket: Ticket, _context: DecisionContext) -> list[Draft]:
            rated = CsatReceived(survey=found.record, rev=found.rev, raw=str(found.score), score=found.score)
            return [Draft(data=rated, cycle=1)]

        identity = decision_id(self._access.config.id, found.record, str(found.rev))
        return len(await self._access.decide(Stream.TICKETS, found.ticket, identity, decision, receipts))


class PulseRounds:
    """Implements `Rounds`."""

    def __init__(self, pulse: Pulse, access: InstanceAccess, reader: PulseReader, settings: PulseSettings) -> None:
        self._pulse, self._access, self._reader, self._settings = pulse, access, reader, settings
        self._records = RecordFaultIsolation(access)

    def parts(self, result: RoundResult, *, sweep: bool) -> Iterator[tuple[str, Part]]:
        feed = ListFeed(self._access, self._records, "answers")
        yield "answers", partial(feed.read, result, "answer", self._pulse.list_since, self._reader.show)
        yield "again", partial(self._again, result)
        yield "hooks", self._hooks

    def unreadable(self) -> int:
        return 0

    async def _again(self, result: RoundResult) -> None:
        rows, instance = self._access.rows.revisits, self._access.config.id
        every = not result.skip_paused
        for visit in await self._access.query(lambda cursor: rows.due(cursor, instance, "failed", all_of_them=every)):
            place = (instance, visit.kind, visit.record)
            if await self._records.each(result, *place[1:], partial(self._reader.reread, visit.record)):
                await self._access.query(lambda cursor, place=place: rows.clear(cursor, *place, "failed"))  # type: ignore[misc]

    async def _hooks(self) -> None:
        base = self._settings.address
        address = callback_address(base, "survey", self._settings.id) if base else None
        await ensure_subscriptions(self._access, self._pulse, address, ("answer",))


class PulseIntegration:
    """The parts of Pulse in one process. `running` False: a test makes the turns."""

    def __init__(self, pulse: Pulse, settings: PulseSettings, *, running: bool = False) -> None:
        self.pulse, self.settings, self._running = pulse, settings, running
        self.wake = asyncio.Event()

    def routers(self, parts: Parts) -> Sequence[Any]:
        access = self.access = InstanceAccess(self.settings, parts, ROWS)
        reader = PulseReader(self.pulse, access)
        rounds = PulseRounds(self.pulse, access, reader, self.settings)
        self.leader = LeaderLock(parts.service.log.store, "pollers")
        self.feeds = Feeds(access, FEEDS)
        self.poller = Poller(access, self.feeds, rounds, self.leader)
        self.receipts = ReceiptWorker({PULSE: reader}, ROWS, parts, self.wake)
        endpoint = CallbackEndpoint(
            kind="survey", label="survey vendor", instances={PULSE: self.pulse.verify}, types=frozenset({"answer"})
        )
        return (callback_routes(endpoint, ROWS.receipts, parts.service.log, self.wake),)

    def compose(self, *_: object) -> Integrations:
        workers = (lambda _parts: (self.receipts, self.poller)) if self._running else (lambda _parts: ())
        return Integrations(routers=self.routers, workers=workers)


@dataclass
class DocsWithPulse:
    """A running docs, its vendor, and intake, which opened one ticket."""

    served: Served
    integration: PulseIntegration

    @property
    def pulse(self) -> Pulse:
        return self.integration.pulse

    @property
    def access(self) -> InstanceAccess:
        return self.integration.access

    async def post(self, body: bytes, signed: str | None = "", instance: str = PULSE, **headers: str) -> httpx.Response:
        proof = signature(body) if signed == "" else signed
        sent = {"content-type": "application/json", **headers, **({"x-pulse-signature": proof} if proof else {})}
        return await self.served.http.post(f"/survey/{instance}/callbacks", content=body, headers=sent)

    async def ratings(self) -> list[tuple[str, int, int]]:
        """Survey, revision and score of each recorded rating, in their order."""
        found = await self.facts(TICKET)
        return [(e.data.survey, e.data.rev, e.data.score) for e in found if isinstance(e.data, CsatReceived)]

    async def operations(self) -> list[str]:
        return [event.data.name for event in await self.facts(f"{Stream.OPS.value}:docs")]

    async def facts(self, aggregate: str) -> list[AnyEvent]:
        log = self.served.service.log
        rows = await asyncio.to_thread(log.store.read, lambda reads: reads.events_after({aggregate: 0}))
        return [log.language.decode(row.raw) for row in rows]

    async def query(self, text: str) -> list[tuple[Any, ...]]:
        return await self.access.query(lambda cursor: cursor.execute(text.encode()).fetchall())


@asynccontextmanager
async def docs_with_pulse(
    database: str, settings: PulseSettings | None = None, *, running: bool = False, pulse: Pulse | None = None
) -> AsyncIterator[DocsWithPulse]:
    """Run docs with Pulse. The first process, which is given no `pulse`, makes the tables and opens the ticket."""
    integration = PulseIntegration(pulse or Pulse(), settings or PulseSettings(), running=running)
    docs = Definition(owner="docs", integrations=integration.compose)
    if pulse is None:
        make_tables(database, "docs", "pulse")
    async with served(database, docs, "intake") as desk:
        if pulse is None:
            await desk.say(TICKET, c.opening())
        yield DocsWithPulse(desk, integration)
        await asyncio.to_thread(integration.leader.release)


def make_tables(database: str, schema: str, prefix: str) -> None:
    """The tables of an integration, as the service's migration creates them."""
    with psycopg.connect(database) as session:
        session.execute(f"SET search_path TO {schema}".encode())
        for statement in create_tables(prefix):
            session.execute(statement.encode())
