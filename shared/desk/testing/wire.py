"""The bus of a schedule: it guarantees each owner's order, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desk.eventstore.aggregate_id import split
from desk.inbox.inbox_result import InboxResult
from desk.inbox.ports import RawRecord
from desk.testing.scheduler import MemoryService


class Wire:
    """A topic that keeps all records, in each owner's order, and the position of every reader in each."""

    def __init__(self, services: Mapping[str, MemoryService]) -> None:
        self._services = services
        self.records: dict[str, list[RawRecord]] = {owner: [] for owner in services}
        self.read = {(reader, owner): 0 for reader in services for owner in services if reader != owner}

    def relay(self, owner: str, most: int, *, forget: bool = False) -> int:
        """Publish an owner's next facts; returns their number. `forget`: it dies before it saves its position."""
        service = self._services[owner]
        facts = service.own()[service.published :][:most]
        for fact in facts:
            stream, subject = split(fact.aggregate)
            self.records[owner].append(RawRecord(stream.topic, subject, fact.raw))
        if not forget:
            service.published += len(facts)
        return len(facts)

    def waiting(self, reader: str) -> list[str]:
        """Owners with records for this reader, once per record."""
        owners = [owner for name, owner in self.read if name == reader]
        return [owner for owner in owners for _ in self.records[owner][self.read[reader, owner] :]]

    def deliver(self, reader: str, owners: Sequence[str]) -> InboxResult:
        """Deliver the next record of each of these owners, in this order, as one batch."""
        places = dict(self.read)
        batch: list[RawRecord] = []
        for owner in owners:
            place = places[reader, owner]
            if place < len(self.records[owner]):
                batch.append(self.records[owner][place])
                places[reader, owner] = place + 1
        result = self._services[reader].inbox.apply(batch)
        self.read = places
        return result

    def skip(self, reader: str, owner: str) -> bool:
        """Lose one record for one reader; whether there was one."""
        there = self.read[reader, owner] < len(self.records[owner])
        self.read[reader, owner] += there
        return there

    def rewind(self, reader: str, back: int | None = None) -> None:
        """Deliver again the last `back` records of every owner, everything when None."""
        for name, owner in self.read:
            if name == reader:
                self.read[name, owner] = 0 if back is None else max(0, self.read[name, owner] - back)
