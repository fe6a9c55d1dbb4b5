"""Access of an integration to the service around it, for one instance: rows, event log, settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from desk.contract.event import Draft, Event, Payload, Stream
from desk.decision.context import DecisionContext
from desk.eventstore.table_writer import DbCursor
from desk.eventstore.unit_of_work.work_items import Decide as Decision
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.service.parts import Parts
from desk.telemetry.tracing import traceparent
from desk_integrations.receipts.decision_item import Decide
from desk_integrations.rows import IntegrationRows

T = TypeVar("T")


class RecordBusy(Exception):
    """The record cannot be read for a reason of ours, `reason`; it is read again soon, and no try counts.

    `listed`: the record is listed for a revisit already.
    """

    reason = "work of ours on the record is under way"
    listed = False


class PolledInstance(Protocol):
    """The settings of one instance that polling needs. Intervals are in seconds.

    A round is made every `poll`, and reads again what changed within `overlap` before a cursor. A sweep also looks for
    deletions, every `sweep`. Feeds in `skip` are not read. A feed without a complete pass for `stale_after` makes the
    service not ready.
    """

    @property
    def id(self) -> str: ...

    @property
    def vendor(self) -> str: ...

    @property
    def poll(self) -> float: ...

    @property
    def overlap(self) -> float: ...

    @property
    def sweep(self) -> float: ...

    @property
    def stale_after(self) -> float: ...

    @property
    def skip(self) -> Sequence[str]: ...


class InstanceAccess:
    """The event log and the rows of one instance, as its polling, webhooks and readers use them."""

    def __init__(self, config: PolledInstance, parts: Parts, rows: IntegrationRows) -> None:
        self._config, self.parts, self.rows = config, parts, rows

    @property
    def config(self) -> PolledInstance:
        return self._config

    def now(self) -> datetime:
        """The time of the service's clock."""
        return self.parts.service.log.clock.now()

    async def query(self, work: Callable[[DbCursor], T]) -> T:
        """Run a query in its own transaction, outside the writer."""
        return await asyncio.to_thread(self.parts.service.log.store.execute, work)

    async def record(self, item: WorkItem[list[Event]]) -> list[Event]:
        """Submit a work item and wait until its facts are durable."""
        return await self.parts.service.log.writer.submit(item)

    async def decide(
        self, stream: Stream, subject: str, identity: UUID, decision: Decision, receipts: Sequence[int] = ()
    ) -> list[Event]:
        """Decide on one aggregate and record the facts, together with the receipts they answer."""
        answered = tuple((self.rows.receipts.answered, (receipt,)) for receipt in receipts)
        return await self.record(Decide(stream, subject, identity, decision, answered, traceparent()))

    async def record_operations_event(self, identity: UUID, *facts: Payload) -> None:
        """Record operations events of the service, once per `identity`."""

        def decision(_state: object, _context: DecisionContext) -> list[Draft]:
            return [Draft(data=fact) for fact in facts]

        await self.decide(Stream.OPS, self.parts.service.owner, identity, decision)
