"""A world whose gateway is the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tests.schedules.model.gateway import Known, Write, known, observation_id
from tests.schedules.model.observing import Observe
from tests.schedules.model.writing import writes
from tests.schedules.psa import API, Desk, Entry, Record
from tests.schedules.world import Parts, World, names

from desk.contract.event import Event, Origin
from desk.contract.ticket.intake.psa import PsaObserved


class ModelRecord(Record):
    """A record that the desk writes."""

    def patch(self, at: object, status: str, shows: Desk) -> Entry:
        """The desk writes: from now on the record shows the desk's state `shows`."""
        entry = self.set_status(at, API, status)  # type: ignore[arg-type]
        self.covered(entry.n, shows)
        return entry


class ModelWorld(World):
    """`hands` are the writes under way; they are lost when intake dies."""

    def __init__(self, parts: Parts, seed: int) -> None:
        super().__init__(parts, seed)
        self.hands: dict[str, Write] = {}

    def known(self, ticket: str) -> Known:
        """Intake's stored state of the ticket's record."""
        found: Known = self.intake.store.read(lambda reads: known(reads, ticket))
        return found

    def opens(self, *, imported: bool = False) -> None:
        name = f"ticket-{len(self.records) + 1}"
        self.records[name], self.acts[name] = ModelRecord(name, self.clock.now(), imported=imported), []
        self.hints.append(name)
        self.say(f"psa: {name} is opened")

    def observations(self, name: str) -> list[tuple[Entry, Event[PsaObserved]]]:
        found: Mapping[object, Event[PsaObserved]] = {event.id: event for event in self.psa_observations(name)}
        entries = ((entry, found.get(observation_id(name, entry.n))) for entry in self.records[name].log)
        return [(entry, event) for entry, event in entries if event is not None]

    def observes(self, name: str, choice: int = 1, conflict: Write | None = None) -> None:
        record = self.records[name]
        origin: Origin = "import" if record.imported else "live"
        events = self.intake.run(Observe(name, name, tuple(record.log), origin, conflict))
        if events:
            self.say(f"intake reads {name} at {record.last}: {names(events)}")

    def writes(self, name: str) -> None:
        writes(self, name)

    def record(self, name: str) -> ModelRecord:
        """The record of a ticket."""
        return cast(ModelRecord, self.records[name])
