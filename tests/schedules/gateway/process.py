"""The processes of intake's gateway in a schedule: one that makes calls and reads, and one that only reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from uuid import UUID

from tests.schedules.gateway.hands import Hands
from tests.schedules.gateway.store import GatewayStore

from desk.contract.event import Event, Stream
from desk.decision.planning import OutboundCall, Outcome
from desk.eventstore.aggregate_id import split
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.outbox.ledger import take, wake
from desk.outbox.orphaned_calls import begin, release
from desk.outbox.outbound_call_kind import Call, OutboundCallKind
from desk.outbox.worker import OutboundCallWorker
from desk.policies.book import PolicyBook
from desk.telemetry import Tracing
from desk.testing.in_memory.event_log import Crash
from desk.testing.scheduler import MemoryService
from desk_intake.psa.composition import Gateway
from desk_intake.psa.connection import PsaConnection
from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observe.ticket_reader import TicketReader
from desk_intake.psa.reconcile.change_log_states import ChangeLog
from desk_intake.psa.reconcile.feed_names import PARTS
from desk_intake.psa.write_back.psa_call_kinds import PsaCallKinds
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_integrations.polling.feeds import Feeds
from desk_integrations.vendor_errors import VendorError

T = TypeVar("T")
TRACING = Tracing("intake")
LEASE = timedelta(days=3650)
"""A lease ends with its process only."""


class KnownPeople:
    """Clients and people that are recorded already: the directory is no part of the schedules."""

    async def ensure(self, _client: str | None, _contact: str | None) -> None:
        return None

    async def hold(self, _contact: str | None) -> int:
        return 0


class ScheduleLog(LogAccess):
    """`LogAccess` over a service in memory. A crash of the service ends the task that met it."""

    def __init__(
        self, connection: PsaConnection, gateway: Gateway, service: MemoryService, hands: Hands, book: PolicyBook
    ) -> None:
        clear = SimpleNamespace(policies=book, unseal=lambda text: text, lacks_key=lambda _payload: False, service=None)
        super().__init__(connection, cast(Any, clear), gateway.gate)
        self._service, self._hands = service, hands

    async def query(self, work: Callable[[DbCursor], T]) -> T:
        return await _surviving(self._hands, lambda: cast(GatewayStore, self._service.store).execute(work))

    async def replica(self, stream: Stream, subject: str) -> Replica:
        return self._service.replica(subject, stream)

    async def fact(self, identity: UUID) -> Event | None:
        found = self._service.store.by_ids([identity])
        return self._service.language.decode(found[0]) if found else None

    async def record(self, item: WorkItem[list[Event]]) -> list[Event]:
        return await _surviving(self._hands, lambda: self._service.run(item))


class ScheduleWorker(OutboundCallWorker):
    """The worker of outbound calls, whose every call is a task of the schedule."""

    def __init__(self, service: MemoryService, kinds: Sequence[OutboundCallKind], hands: Hands) -> None:
        self._service, self._hands, self._process = service, hands, service.deaths
        loops = SimpleNamespace(task=lambda *_arguments, **_options: None)
        log = SimpleNamespace(
            owner=service.owner, loops=loops, presence=SimpleNamespace(id=self._process), writer=self, tables=None
        )
        super().__init__(cast(EventLog, log), kinds, tracing=TRACING)
        self.kinds = kinds

    def take_over(self) -> None:
        """Begin as a new process does after the last one has died."""
        store = cast(GatewayStore, self._service.store)
        store.execute(begin)
        store.execute(lambda cursor: release(cursor, list(range(self._process)), self._process, ()))

    def start_due(self) -> None:
        """Start every call that is due."""
        store = cast(GatewayStore, self._service.store)
        changed, store.changed = store.changed, set()
        store.execute(lambda cursor: wake(cursor, changed))
        for kind in self.kinds:
            for planned in store.execute(partial(self._taken, kind)):
                name = f"{planned.kind}{' (in doubt)' if planned.uncertain else ''}"
                self._hands.begin(planned.aggregate, name, self._one(kind, planned))

    def _taken(self, kind: OutboundCallKind, cursor: DbCursor) -> list[OutboundCall]:
        return take(cursor, kind, LEASE, self._process, kind.at_once)

    async def submit(self, item: WorkItem[Any]) -> Any:
        """As `Writer.submit`. A mistake is a failure of the schedule: the worker would only log it."""
        try:
            return await _surviving(self._hands, lambda: self._service.run(item))
        except Exception as error:
            self._hands.failures.append(f"{type(item).__name__} ends with {type(error).__name__}: {error}")
            raise

    async def _state(self, planned: OutboundCall) -> object:
        stream, subject = split(planned.aggregate)
        return self._service.replica(subject, stream).state

    async def _database(self, work: Callable[[DbCursor], T]) -> T:
        return await _surviving(self._hands, lambda: cast(GatewayStore, self._service.store).execute(work))


class GatewayProcess:
    """One process of intake: it makes the calls, and reads records; `other` reads them in a second process."""

    def __init__(
        self, gateway: Gateway, service: MemoryService, hands: Hands, book: PolicyBook, failures: list[str]
    ) -> None:
        ((name, connection),) = gateway.connections.items()
        self.mine = _instance(ScheduleLog(connection, gateway, service, hands, book))
        self.other = _instance(ScheduleLog(connection, gateway, service, hands, book))
        gateway.psa_instances = {name: self.mine}
        kinds = PsaCallKinds(lambda: gateway.psa_instances, book).kinds()
        watched = [gateway.gate.guard(_watched(kind, failures)) for kind in kinds]
        self.worker = ScheduleWorker(service, watched, hands)

    async def read(self, record: str, where: PsaInstance) -> int | None:
        """Read a record as after a callback, with the states of the change log; None while a write is under way."""
        between = await ChangeLog(where.access, where.feeds).of(record)
        try:
            return await where.tickets.read(record, "webhook", (), between)
        except WriteInFlight:
            return None


def _instance(access: LogAccess) -> PsaInstance:
    absent: Any = None
    tickets = TicketReader(access, cast(Any, KnownPeople()))
    return PsaInstance(access, absent, cast(Any, KnownPeople()), tickets, absent, Feeds(access, PARTS))


def _watched(kind: OutboundCallKind, failures: list[str]) -> OutboundCallKind:
    """The kind, whose mistakes are failures of the schedule: the worker would take them for a lost answer."""

    def watch(call: Call) -> Call:
        async def watched(planned: OutboundCall, state: Any) -> Outcome:
            try:
                return await call(planned, state)
            except VendorError:
                raise
            except Exception as error:
                failures.append(f"{kind.name} of {planned.aggregate} ends with {type(error).__name__}: {error}")
                raise

        return watched

    assert kind.query is not None
    return kind._replace(call=watch(kind.call), query=watch(kind.query))


async def _surviving(hands: Hands, work: Callable[[], T]) -> T:
    """The result, unless the service dies in it."""
    try:
        return work()
    except Crash as crash:
        await hands.dead(str(crash))
        raise
