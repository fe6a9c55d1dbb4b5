"""Applies batches until they succeed: waits for an unavailable database, and parks single aggregates that fail."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from desk.bus.port import Apply
from desk.eventstore.connections.error_classification import raise_if_unavailable
from desk.eventstore.errors import WriterStopped, error_location
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import Row
from desk.inbox.apply_batch import ParkEvents
from desk.inbox.ports import RawRecord
from desk.inbox.record_validation import TOPICS, Incoming, incoming
from desk.inbox.sequencing import Rejection

log = structlog.get_logger(__name__)


class RetryingApply:
    """Wraps `apply` for a bus that reads failed batches again. Blocking; one thread at a time.

    Waits for an unavailable database without limit. After `tries` other failures each aggregate's records are applied
    alone, and those that still fail are parked, so that one aggregate cannot stop the others.
    """

    def __init__(self, event_log: EventLog, apply: Apply, tries: int) -> None:
        self._log, self._apply, self._tries = event_log, apply, tries
        self._failures = 0

    def apply(self, records: Sequence[RawRecord], rows: Sequence[Row]) -> None:
        """Apply; returns when all is durable, as facts or parked. After an exception pass the same records again."""
        try:
            self._apply(records, rows)
        except WriterStopped:
            raise
        except Exception as error:
            raise_if_unavailable(error)
            self._failures += 1
            log.warning("batch failed", size=len(records), count=self._failures, error=error_location(error))
            if self._failures < self._tries:
                raise
            self._one_by_one(records, rows)
        self._failures = 0

    def _one_by_one(self, records: Sequence[RawRecord], rows: Sequence[Row]) -> None:
        groups: dict[tuple[str, str | bytes | None], list[RawRecord]] = {}
        for record in records:
            groups.setdefault((record.topic, record.key), []).append(record)
        for group in groups.values():
            try:
                self._apply(group, ())
            except WriterStopped:
                raise
            except Exception as error:
                raise_if_unavailable(error)
                self._park(group, error)
        self._apply((), rows)

    def _park(self, group: Sequence[RawRecord], error: Exception) -> None:
        found = tuple(self._look(record) for record in group)
        self._log.writer.submit_wait(ParkEvents(found[0].aggregate, found, Rejection("handler", error_location(error))))
        log.error("parked", cause="handler", size=len(found), error=error_location(error))

    def _look(self, record: RawRecord) -> Incoming:
        try:
            return incoming(record, self._log.language, TOPICS)
        except Exception as error:
            return Incoming(f"unknown:{record.topic}", record, None, "undecodable", error_location(error))
