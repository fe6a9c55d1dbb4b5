"""One schedule's world: five services over the wire, a PSA, and what intake knows of it. Every method is one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from tests.schedules.checks.oracle import AtDesk
from tests.schedules.scenario import loud, policies

from desk.contract.event import Event, Origin
from desk.decision.event_model import EventModel
from desk.eventstore.event_codec import catalogued
from desk.eventstore.event_log import EventLog
from desk.inbox.inbox import Inbox
from desk.service.definition import Definition, tables_of
from desk.testing.clock import FakeClock
from desk.testing.scheduler import MemoryService
from desk.testing.wire import Wire

from .gateway import Known, Write, known
from .observing import Observe
from .psa import Record


class Parts(NamedTuple):
    """Parts that a broken twin may replace: the services' tables, the inbox, whether intake waits for the ruling, and
    whether an act after a write of ours waits for the outcome of that write.
    """

    definitions: Mapping[str, Definition]
    inbox: Callable[[EventLog], Inbox] = Inbox
    waits_for_ruling: bool = True
    waits_for_outcome: bool = True


class World:
    """`told` are the lines of the schedule so far, `wrong` what must not have happened."""

    def __init__(self, parts: Parts, seed: int) -> None:
        random = Random(seed)
        self.parts, self.clock, self.enforced = parts, FakeClock(), seed % 7 == 3
        self.new_id: Callable[[], UUID] = lambda: UUID(int=random.getrandbits(128))
        self.book = policies(parts.definitions, short=seed % 3 > 0, enforced=self.enforced)
        language = remembering(catalogued())
        self.services = {
            name: MemoryService(
                name, tables_of(d, book=self.book), self.book, d.folding(language), self.clock, self.new_id, parts.inbox
            )
            for name, d in loud(parts.definitions, seed % 4 == 0).items()
        }
        self.intake, self.wire = self.services["intake"], Wire(self.services)
        self.told: list[str] = []
        self.followed: set[str] = set()
        self.wrong: list[str] = []
        self.records: dict[str, Record] = {}
        self.hints: list[str] = []
        self.hands: dict[str, Write] = {}
        self.acts: dict[str, list[AtDesk]] = {}
        self.lost: set[str] = set()

    def say(self, line: str) -> None:
        """One more line of the schedule."""
        self.told.append(f"{len(self.told) + 1:3} {line}")

    def facts(self, owner: str, ticket: str) -> list[Event]:
        """An owner's facts on a ticket, as its own store holds them."""
        service = self.services[owner]
        rows = service.store.aggregates.get(ticket, ())
        return [service.language.decode(row.raw) for row in rows if row.own]

    def known(self, ticket: str) -> Known:
        """Intake's stored state of the ticket's record."""
        found: Known = self.intake.store.read(lambda reads: known(reads, ticket))
        return found

    def tick(self) -> None:
        """Nothing happens at the same time as anything else."""
        self.clock.advance(timedelta(seconds=7))

    def opens(self, *, imported: bool = False) -> None:
        """A technician opens a record in the PSA; the ticket has its name."""
        name = f"ticket-{len(self.records) + 1}"
        self.records[name], self.acts[name] = Record(name, self.clock.now(), imported=imported), []
        self.hints.append(name)
        self.say(f"psa: {name} is opened{', in a log that is imported' if imported else ''}")

    def acts_in_psa(self, name: str, choice: int) -> None:
        """A technician changes what the PSA shows, or a dispatcher the queue."""
        record, actor = self.records[name], ("jdoe", "kim")[choice % 2]
        if choice % 6 == 0:
            entry = record.place(self.clock.now(), actor, ("Network", "Systems")[choice // 6 % 2])
        else:
            entry = record.act(self.clock.now(), actor, choice)
        self.hints.append(name)
        self.say(f"psa: {name} {entry.n}: {entry.field} {entry.before} -> {entry.after} by {actor}, seeing {entry.saw}")

    def webhook(self, choice: int) -> None:
        """A webhook arrives, in any order: lost, acted upon, or acted upon and sent again."""
        if not self.hints:
            return
        name = self.hints.pop(choice % len(self.hints))
        if choice % 10 < 3:
            self.say(f"webhook of {name} is lost")
            return
        if choice % 10 < 5:
            self.hints.append(name)
        self.observes(name)

    def observes(self, name: str, conflict: Write | None = None) -> None:
        """Intake reads the record and records what it had not seen."""
        record = self.records[name]
        origin: Origin = "import" if record.imported else "live"
        events = self.intake.run(Observe(name, name, tuple(record.log), origin, conflict, self.parts.waits_for_outcome))
        if events:
            self.say(f"intake reads {name} at {record.last}: {names(events)}")


def names(events: Iterable[Event]) -> str:
    """Facts in a line of the schedule."""
    return ", ".join(_named(event) for event in events)


def _named(event: Event) -> str:
    cycle = f"({event.cycle})" if event.cycle else ""
    more = getattr(event.data, "outcome", "") or getattr(event.data, "status_class", "")
    return f"{event.data.name}{cycle}{f' {more}' if more else ''}"


def remembering(language: EventModel) -> EventModel:
    """The same language, decoding every fact once for all services."""
    known: dict[bytes, Event] = {}

    def decode(raw: bytes) -> Event:
        found = known.get(raw)
        if found is None:
            found = known[raw] = language.decode(raw)
        return found

    return language._replace(decode=decode)
