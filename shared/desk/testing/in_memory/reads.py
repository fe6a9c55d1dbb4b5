"""Reads of an event store in memory, with the methods of `desk.eventstore.reads.Reads`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from desk.decision.planning import Arm, Due
from desk.eventstore.rows import CommandRow, EventRow, SnapshotRow
from desk.eventstore.table_writer import Row, StoredEvent
from desk.inbox.parked_rows import HELD

TimerKey = tuple[str, str, str]
MOMENT = datetime.fromisoformat("2026-03-02T00:00:00+00:00")


class MemoryCursor:
    """Answers the inbox's two queries about parked records."""

    def __init__(self, parked: Mapping[int, Row]) -> None:
        self._parked, self._rows = parked, list[Row]()

    def execute(self, query: str, arguments: Sequence[Any], **_: Any) -> MemoryCursor:
        """The statements of `desk.inbox.parked_rows`."""
        if query == HELD:
            self._rows = [(row[0], None) for row in self._parked.values() if row[0] in arguments[0]]
        else:
            defaults = (MOMENT, 0, "waiting", "")
            self._rows = [(key, *row, *defaults) for key, row in self._parked.items() if row[0] == arguments[0]]
        return self

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)


class MemoryReads:
    """Facts and rows of one service. `other_rows` holds rows of further TableWriters, by their name."""

    def __init__(self) -> None:
        self.facts: list[StoredEvent] = []
        self.aggregates: dict[str, list[StoredEvent]] = {}
        self.ids: dict[UUID, StoredEvent] = {}
        self.commands_run: dict[UUID, CommandRow] = {}
        self.parked: dict[int, Row] = {}
        self.timers: dict[TimerKey, Arm] = {}
        self.effects: dict[UUID, Row] = {}
        self.other_rows: dict[str, list[Row]] = {}
        self.cursor = MemoryCursor(self.parked)

    def due(self, now: datetime) -> list[Due]:
        """Due timers."""
        rows = ((key, arm) for key, arm in self.timers.items() if arm.due <= now)
        return sorted((Due(*key, arm.due, arm.data) for key, arm in rows), key=lambda due: due.due)

    def events_after(self, versions: Mapping[str, int]) -> list[EventRow]:
        """As `Reads.events_after`."""
        return [
            EventRow(fact.aggregate, fact.version, fact.topic, fact.owner, fact.ownerseq, fact.raw)
            for aggregate, version in sorted(versions.items())
            for fact in self.aggregates.get(aggregate, ())[version:]
        ]

    def snapshots(self, aggregates: Sequence[str], code: str) -> list[SnapshotRow]:
        """None are kept."""
        return []

    def places(self, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, int]]:
        """As `Reads.places`."""
        return {i: (self.ids[i].aggregate, self.ids[i].version) for i in event_ids if i in self.ids}

    def by_ids(self, event_ids: Sequence[UUID]) -> list[bytes]:
        """As `Reads.by_ids`."""
        wanted = set(event_ids)
        return [fact.raw for fact in self.facts if fact.event_id in wanted]

    def own_of_type(self, aggregate: str, topic: str) -> list[bytes]:
        """As `Reads.own_of_type`."""
        rows = self.aggregates.get(aggregate, ())
        return [fact.raw for fact in rows if fact.own and fact.topic == topic]

    def versions(self, aggregates: Sequence[str]) -> dict[str, int]:
        """As `Reads.versions`."""
        return {aggregate: len(self.aggregates.get(aggregate, ())) for aggregate in aggregates}

    def answered(self, causes: Sequence[UUID]) -> set[UUID]:
        """None: these stores are never recovered."""
        return set()

    def commands(self, command_ids: Sequence[UUID]) -> dict[UUID, CommandRow]:
        """As `Reads.commands`."""
        return {i: self.commands_run[i] for i in command_ids if i in self.commands_run}
