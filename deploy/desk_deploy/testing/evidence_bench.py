"""One service that collects evidence from simulated vendors, on real PostgreSQL beside its peers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx

from desk.contract.event import Event, Payload
from desk.contract.streams.clients import ClientMapped, ClientObserved, DeviceMapped
from desk.contract.ticket.intake.facts import TicketOpened
from desk.decision.context import Policies
from desk.eventstore.aggregate_id import aggregate_of
from desk.service.definition import Definition
from desk.testing.served import Served, served
from desk_integrations.evidence.collector import Collector, Table
from desk_integrations.instances.document import Instances, parse

ACME, NORTHWIND = "acme", "northwind"
P = TypeVar("P", bound=Payload)


def generous(*instances: Mapping[str, object]) -> Instances:
    """The document with these instances. Their budget does not run out during a test, unless they name one."""
    return parse({"instances": [{"calls_per_minute": 6000, "burst": 1000, **one} for one in instances]})


def calls_of(desk: Served) -> list[tuple[str, str, str]]:
    """Kind, state and detail of each outbound call, oldest first."""
    query = "SELECT kind, state, detail FROM effects ORDER BY planned, id"
    return list(map(tuple, desk.service.log.store.execute(lambda cursor: cursor.execute(query).fetchall())))


class Network(httpx.AsyncBaseTransport):
    """The way to the vendors, by host. It counts what is asked; `before` runs ahead of each request."""

    def __init__(self, vendors: Mapping[str, httpx.AsyncBaseTransport]) -> None:
        self._vendors = vendors
        self.paths: list[str] = []
        self.before: Callable[[httpx.Request], None] = lambda _request: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        self.before(request)
        return await self._vendors[request.url.host].handle_async_request(request)


@dataclass
class EvidenceBench:
    """The desk and its network. Calls go out within a second; a pause between tries ends at `ask_again`."""

    desk: Served
    network: Network
    env: dict[str, str]
    opening: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def open_ticket(self, ticket: str, client: str = ACME, **more: object) -> None:
        """A ticket by phone, opened now."""
        fact = TicketOpened(
            kind="incident",
            profile="incident",
            client=client,
            channel="phone",
            opened_at=self.opening,
            command=ticket,
            **{"problem": "VPN drops", **more},  # type: ignore[arg-type]
        )
        await self.desk.say(ticket, fact)

    async def map_to(self, instance: str, client: str, external: str, **devices: str) -> None:
        """A person's mappings of a client and its devices to an instance, as confirmed now."""
        await self.desk.say(client, ClientMapped(vendor=instance, external=external, by="cora"))
        for device, mapped in devices.items():
            await self.desk.say(client, DeviceMapped(device=device, revision=1, ids={instance: mapped}))

    async def facts(self, ticket: str, payload: type[P]) -> list[P]:
        """The payloads of one type on a ticket, in order, with their texts readable."""
        facts = [event.data for event in await self.events(ticket, payload)]
        return [self.desk.hosted[self.desk.asked].parts.unseal(fact) for fact in facts if isinstance(fact, payload)]

    async def events(self, subject: str, payload: type[Payload]) -> list[Event]:
        """The facts of one type on a subject of that type's stream."""
        log, aggregate = self.desk.service.log, aggregate_of(payload.spec.stream, subject)
        rows = await asyncio.to_thread(log.store.read, lambda reads: reads.events_after({aggregate: 0}))
        return [e for e in (log.language.decode(row.raw) for row in rows) if isinstance(e.data, payload)]

    async def raw(self, ticket: str) -> bytes:
        """Everything that is stored about a ticket, as bytes: facts and the data of calls."""
        store = self.desk.service.log.store
        rows = await asyncio.to_thread(store.read, lambda reads: reads.events_after({ticket: 0}))
        data = store.execute(lambda cursor: cursor.execute("SELECT data FROM effects").fetchall())
        return b"".join([*(row.raw for row in rows), *(bytes(row[0]) for row in data)])

    async def until_facts(self, ticket: str, payload: type[P], number: int) -> list[P]:
        """The facts of one type, once there are that many. AssertionError after ten seconds."""
        for _ in range(200):
            if len(found := await self.facts(ticket, payload)) >= number:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{len(found)} facts of {payload.name}, not {number}; calls: {self.calls()}")

    async def until_calls(self, *states: str) -> None:
        """Waits until the calls of the ledger are in these states, in the order in which they were planned."""
        for _ in range(200):
            if (found := [state for _, state, _ in self.calls()]) == list(states):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"calls are {found}, not {list(states)}")

    def calls(self) -> list[tuple[str, str, str]]:
        """Kind, state and detail of each call, oldest first."""
        return calls_of(self.desk)

    def ask_again(self) -> None:
        """Ends every pause: open calls are due now."""
        query = "UPDATE effects SET next = now() WHERE state IN ('planned', 'unknown')"
        self.desk.service.log.store.execute(lambda cursor: cursor.execute(query))


@asynccontextmanager
async def evidence_bench(
    database: str,
    definition: Definition,
    table: Table,
    *peers: str,
    vendors: Mapping[str, httpx.AsyncBaseTransport],
    instances: Instances,
    env: Mapping[str, str],
    collector: type[Collector] = Collector,
    policies: Policies | None = None,
) -> AsyncIterator[EvidenceBench]:
    """The service of `definition` with this table of evidence, the clients Acme and Northwind, and no mapping.

    `vendors` are the simulated ones by host, `policies` those of the collector.
    """
    network, variables = Network(vendors), dict(env)
    made = collector(definition.owner, table, instances, policies=policies, transport=network, env=variables)
    composed = replace(definition, integrations=lambda _settings, _ring, _book: made.integrations())
    async with served(database, composed, *peers) as desk:
        for number, client in enumerate((ACME, NORTHWIND)):
            observed = ClientObserved(revision="1", instance="psa", record=str(number), active=True, title=client)
            await desk.say(client, observed)
        yield EvidenceBench(desk, network, variables, datetime.now(UTC) + timedelta(seconds=1))
