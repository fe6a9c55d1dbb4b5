"""Applies facts from the bus exactly once, also when the bus delivers records twice, late or broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from desk.contract.event import Stream
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import Row
from desk.eventstore.unit_of_work.work_items import Rows, WorkItem
from desk.inbox.apply_batch import ApplyEvents, BatchLookups
from desk.inbox.inbox_result import BlockedAggregate, InboxResult
from desk.inbox.ports import RawRecord
from desk.inbox.positions import POSITIONS
from desk.inbox.record_validation import TOPICS, Incoming
from desk.inbox.vouching import judged

log = structlog.get_logger(__name__)


class Inbox:
    """Applies batches of records to one event store, each in one transaction with the bus's positions.

    `stopped` is called for every aggregate with a record parked for a cause of its own: gaps to be filled, and
    divergence and broken chains, which are security alerts. `topics` maps each consumed topic to its stream.
    """

    def __init__(
        self,
        log: EventLog,
        stopped: Callable[[BlockedAggregate], None] = lambda _stopped: None,
        counted: Callable[[InboxResult], None] = lambda _result: None,
        topics: Mapping[str, Stream] = TOPICS,
    ) -> None:
        self._log, self._stopped, self._counted, self._topics = log, stopped, counted, topics

    def apply(self, records: Sequence[RawRecord], positions: Sequence[Row] = ()) -> InboxResult:
        """Apply records; blocks until everything is durable. After an exception apply the same records again: the
        positions have not moved, so that a restarted process consumes them again."""
        items = self.items(records)
        if positions:
            items.append(Rows(POSITIONS, tuple(positions), after=tuple(items)))
        total = InboxResult()
        for outcome in self._log.writer.together(items).result():
            if outcome.error is not None:
                raise outcome.error
            if outcome.result is not None:
                total.add(outcome.result)
        self._after(total)
        return total

    def items(self, records: Sequence[RawRecord]) -> list[WorkItem[InboxResult | None]]:
        """One work item per aggregate, its records in order."""
        found: dict[str, list[Incoming]] = {}
        for one in judged(records, self._log.language, self._log.signatures, self._topics):
            found.setdefault(one.aggregate, []).append(one)
        lookups = BatchLookups(found)
        return [ApplyEvents(aggregate, tuple(group), lookups) for aggregate, group in found.items()]

    def _after(self, result: InboxResult) -> None:
        self._counted(result)
        for stopped in result.stopped:
            log.warning("parked", cause=stopped.cause, owner=stopped.owner, ownerseq=stopped.ownerseq)
            if stopped.cause in ("divergence", "chain"):
                self._log.look_for_divergence()
            self._stopped(stopped)
