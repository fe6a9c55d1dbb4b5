"""Services of the test language on either bus, in one database, each in its own schema."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.local.bus import LocalBus
from desk.bus.local.peer_logs import DatabasePeers
from desk.bus.port import Apply, Bus
from desk.contract.event import OWNERS, Draft, Event, Stream
from desk.decision.context import DecisionContext
from desk.decision.event_model import EventModel
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.store import Store
from desk.eventstore.table_writer import Row
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import Command
from desk.inbox.inbox_result import InboxResult
from desk.inbox.ports import RawRecord
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.signing.keys import signatures_among
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Said, Talk, context, text_of

PATIENCE = 60.0
TOPICS = [TICKETS.topic, Stream.OPS.topic]
"""What the services of these tests hear and tell; operations because a restored store tells of itself."""


class Watched:
    """A bus that shows what it hands to the inbox; `before` runs first, in the thread of the batch."""

    def __init__(self, bus: Bus, before: Callable[[Sequence[RawRecord]], None] = lambda _records: None) -> None:
        self._bus, self._before = bus, before
        self.sizes: list[int] = []
        self.total = InboxResult()

    @property
    def records(self) -> int:
        """How many records were handed over."""
        return sum(self.sizes)

    async def start(self, log: EventLog, apply: Apply) -> None:
        """Start the bus behind this one."""

        def watching(records: Sequence[RawRecord], rows: Sequence[Row]) -> InboxResult:
            self._before(records)
            tally = apply(records, rows)
            self.sizes.append(len(records))
            self.total.add(tally)
            return tally

        await self._bus.start(log, watching)

    async def stop(self) -> None:
        """Stop it."""
        await self._bus.stop()

    async def lag(self) -> dict[str, int]:
        """Its lag."""
        return await self._bus.lag()

    async def live(self) -> str | None:
        """Its liveness."""
        return await self._bus.live()


class World:
    """Starts and stops services; `kafka` is None on the local bus. Every service has a signing key."""

    def __init__(self, url: str, kafka: KafkaSettings | None) -> None:
        self.url, self.kafka = url, kafka
        self.signatures = signatures_among({owner: Ed25519PrivateKey.generate() for owner in OWNERS})
        self._waker = CommitNotifier()
        self.running: list[Service] = []
        self._stores: dict[str, Store] = {}

    def bus(self) -> Bus:
        """A bus of this kind for one more service."""
        return LocalBus(self._waker) if self.kafka is None else KafkaBus(self.kafka, TOPICS)

    async def start(
        self,
        owner: str,
        tables: Tables | None = None,
        *,
        bus: Bus | None = None,
        language: EventModel = NOTES,
        signed: bool = True,
    ) -> Service:
        """One more process of that service; `signed` is false for a release before signatures."""
        await asyncio.to_thread(migrate, self.url, owner)
        around = RuntimeContext(
            self.url,
            bus or self.bus(),
            language,
            self._waker,
            peers=DatabasePeers(self.store(owner)),
            signatures=self.signatures[owner] if signed else None,
        )
        service = Service(ServiceSpec(owner, tables or Tables(), NoPolicies()), around)
        try:
            await service.start()
        except BaseException:
            await service.stop()
            raise
        self.running.append(service)
        return service

    async def stop(self, service: Service) -> None:
        """End one process in order."""
        self.running.remove(service)
        await service.stop()

    def store(self, owner: str) -> Store:
        """A store of that service, for looking into it."""
        if owner not in self._stores:
            self._stores[owner] = Store(self.url, owner)
        return self._stores[owner]

    def sql(self, owner: str, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in that service's schema."""

        def work(cursor: Any) -> list[tuple[Any, ...]]:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

        return self.store(owner).execute(work)

    async def settled(self) -> None:
        """Return when nothing is under way in any running service, seen twice in a row."""
        before: list[int] = []
        async with asyncio.timeout(PATIENCE):
            while True:
                statuses = [await service.status() for service in self.running]
                now = [status.last for status in statuses]
                if all(status.drained for status in statuses) and now == before:
                    return
                before = now
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        """Stop everything."""
        for service in list(self.running):
            await self.stop(service)
        for store in self._stores.values():
            store.close()


def texts(*words: str) -> Callable[[Talk, DecisionContext], list[Draft]]:
    """A decision that says these words, whatever was said before."""
    return lambda _state, _deciding: [Draft(data=Said(text=word)) for word in words]


async def say(service: Service, subject: str, *words: str) -> None:
    """Let a service record facts on a subject, in one transaction."""
    await service.command(Command(TICKETS, subject, texts(*words), context()))


async def heard(service: Service, subject: str, owner: str) -> tuple[str, ...]:
    """Facts of `owner` on the subject that `service` has applied, in order."""
    state: Talk = (await service.replica(TICKETS, subject)).state
    return state.said(owner)


async def hears(service: Service, subject: str, owner: str, words: tuple[str, ...]) -> None:
    """Wait until exactly this is known to have been said."""
    async with asyncio.timeout(PATIENCE / 3):
        while await heard(service, subject, owner) != words:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def answering(*owners: str) -> Tables:
    """A service that answers everything that these say, once."""

    def answer(event: Event, state: object, _deciding: DecisionContext) -> list[Draft]:
        assert isinstance(state, Talk)
        text = f"{event.owner} said {text_of(event)}"
        return [] if any(text in said for said in state.lines.values()) else [Draft(data=Answered(text=text))]

    return Tables(reactions={f"desk.{owner}.said.v1": answer for owner in owners})


def poisonous(event: Event) -> bytes:
    """The encoder of a service whose facts with the text `poison` nobody can read."""
    return b"\xff poison" if getattr(event.data, "text", "") == "poison" else NOTES.encode(event)


class Unavailable:
    """A store that does not answer for the first `times` batches, which then are tried again."""

    def __init__(self, times: int) -> None:
        self.left, self.failed = times, 0

    def __call__(self, records: Sequence[RawRecord]) -> None:
        if self.left and records:
            self.left -= 1
            self.failed += 1
            raise StoreUnavailable("the database is away")


def doubled(world: World, owner: str) -> list[Any]:
    """Event ids that stand more than once in that service's store."""
    rows = world.sql(owner, "SELECT event_id FROM stored_events")
    return [identity for identity, count in Counter(row[0] for row in rows).items() if count > 1]
