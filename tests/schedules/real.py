"""The same world on real PostgreSQL and a real bus: services run by themselves, people and the PSA act as before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar, cast

from tests.schedules.checks.invariants import history, psa_agrees, right
from tests.schedules.model.gateway import TABLE
from tests.schedules.model.world import ModelWorld
from tests.schedules.twins.mutants import RIGHT

from desk.bus.local.peer_logs import DatabasePeers
from desk.bus.port import Bus
from desk.clock import Clock
from desk.contract.codec import digest
from desk.contract.event import Event, Stream
from desk.decision.event_model import EventModel
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.store import Store
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.service.definition import tables_of
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.testing.scheduler import MemoryService
from desk_deploy.migrating import migrate_all

from .people import People

R = TypeVar("R")

NewBus = Callable[[CommitNotifier], Bus]
KINDS = ("person",) * 9 + ("psa",) * 5 + ("webhook",) * 5 + ("write",) * 8 + ("poll",)


class RealService:
    """A running service, spoken to as the schedules speak to one in memory."""

    def __init__(self, service: Service, language: EventModel) -> None:
        self.service, self.owner, self.language, self.store = service, service.owner, language, service.log.store

    def run(self, item: WorkItem[R]) -> R:
        """One item, durable when it returns."""
        return self.service.log.writer.submit_wait(item, 60)

    def replica(self, subject: str) -> Replica:
        """A ticket as committed."""
        return self.service.log.replica(Stream.TICKETS, subject)

    def own(self, subject: str) -> list[Event]:
        """Own facts on a ticket, as stored."""
        rows = self.store.read(lambda reads: reads.events_after({subject: 0}))
        return [self.language.decode(row.raw) for row in rows if row.owner == self.owner]


class RealWorld(ModelWorld):
    """Five services on one database and one kind of bus. `stop` what was started."""

    def __init__(self, database: str, bus: NewBus, seed: int) -> None:
        super().__init__(RIGHT, seed)
        self._database, self._bus, self._waker = database, bus, CommitNotifier()
        self.people, self.random = People(self), Random(seed)
        self.real: dict[str, RealService] = {}
        self._stores: list[Store] = []

    async def start(self) -> None:
        """Bring every service up."""
        await asyncio.to_thread(migrate_all, self._database)
        for owner in self.parts.definitions:
            await self.begin(owner)
        await asyncio.to_thread(self._remember)

    def _remember(self) -> None:
        self.real["intake"].store.execute(lambda cursor: cursor.execute(TABLE))

    async def begin(self, owner: str) -> None:
        """One service, from what its store holds."""
        definition, language = self.parts.definitions[owner], catalogued()
        spec = ServiceSpec(owner, tables_of(definition, book=self.book), self.book)
        self._stores.append(Store(self._database, owner, pool_size=1))
        around = RuntimeContext(
            self._database, self._bus(self._waker), definition.folding(language), self._waker,
            peers=DatabasePeers(self._stores[-1]), clock=cast(Clock, self.clock),
        )  # fmt: skip
        service = Service(spec, around)
        self.real[owner] = RealService(service, language)
        await service.start()
        self.services[owner] = cast(MemoryService, self.real[owner])
        self.intake = self.services["intake"]

    async def again(self, owner: str) -> None:
        """A service ends in order and begins again."""
        await self.real[owner].service.stop()
        self.hands.clear()
        await self.begin(owner)

    async def stop(self) -> None:
        """End everything."""
        for each in self.real.values():
            await each.service.stop()
        for store in self._stores:
            store.close()
        await asyncio.to_thread(self.gateway.close)  # it has an event loop of its own

    def facts(self, owner: str, ticket: str) -> list[Event]:
        return self.real[owner].own(ticket)

    def step(self) -> None:
        """Somebody does something on one of the tickets."""
        self.tick()
        name, choice = self.random.choice(list(self.records)), self.random.getrandbits(20)
        kind = self.random.choice(KINDS)
        if kind == "person":
            self.people.act(name, choice, self.random.randrange(5))
        elif kind == "psa":
            self.acts_in_psa(name, choice)
        elif kind == "webhook":
            self.webhook(choice)
        elif kind == "write":
            self.writes(name)
        else:
            self.observes(name)

    async def rest(self, patience: float = 120) -> None:
        """Nobody acts any more; return when a whole round of reading and writing back changed nothing."""
        before: object = None
        async with asyncio.timeout(patience):
            while True:
                await asyncio.to_thread(self._round)
                await self._drained()
                now = (tuple(r.last for r in self.records.values()), await self._lasts(), tuple(self.hands))
                if now == before:
                    return
                before = now

    def _round(self) -> None:
        for name in self.records:
            self.tick()
            self.observes(name)
            for _ in range(6):
                self.writes(name)

    async def _drained(self) -> None:
        before: Sequence[int] = ()
        while True:
            statuses = [await each.service.status() for each in self.real.values()]
            lasts = [status.last for status in statuses]
            if all(status.drained for status in statuses) and lasts == before and not await self._timers_due():
                return
            before = lasts
            await asyncio.sleep(0.1)

    async def _timers_due(self) -> bool:
        """Whether a timer is about to fire. The world's clock is behind the database's, so that a new one is due."""
        due = "SELECT EXISTS (SELECT FROM timers WHERE due <= now())"
        found = [
            await asyncio.to_thread(real.store.execute, lambda cursor: cursor.execute(due).fetchone())
            for real in self.real.values()
        ]
        return (True,) in found

    async def _lasts(self) -> tuple[int, ...]:
        return tuple([(await each.service.status()).last for each in self.real.values()])

    def judged(self) -> list[str]:
        """Everything that is wrong at rest."""
        wrong = list(self.wrong)
        for owner, each in self.real.items():
            parked = each.service.parking.listed(limit=3)
            wrong += [
                f"{owner}: {p.owner} {p.ownerseq} of {p.aggregate} is parked, {p.cause} {p.detail}" for p in parked
            ]
        for name in self.records:
            replicas = [each.replica(name) for each in self.real.values()]
            if len({(str(sorted(r.vector().items())), digest(r.state.slices)) for r in replicas}) > 1:
                wrong.append(f"{name}: replicas differ: {[r.vector() for r in replicas]}")
            wrong += history(self, name) + psa_agrees(self, name) + ([] if self.enforced else right(self, name))
        return wrong
