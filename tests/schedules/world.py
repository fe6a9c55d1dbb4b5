"""One schedule's world: five services over the wire, a PSA in memory, intake's gateway. Every method is one step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple, cast
from uuid import UUID

from tests.schedules.checks.oracle import AtDesk
from tests.schedules.gateway.hands import Hand
from tests.schedules.gateway.in_memory import MemoryGateway
from tests.schedules.gateway.store import GatewayStore
from tests.schedules.scenario import INSTANCE, loud, policies

from desk.contract.event import Event
from desk.contract.ticket.intake.psa import PsaObserved
from desk.decision.event_model import EventModel
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import View
from desk.inbox.inbox import Inbox
from desk.service.definition import Definition, tables_of
from desk.testing.clock import FakeClock
from desk.testing.scheduler import MemoryService
from desk.testing.wire import Wire
from desk_intake.psa.ids import ticket_id

from .importing import Import
from .psa import API, COMPANY, CONTACT, Entry, PsaRecord, Record, psa_in_memory


class Parts(NamedTuple):
    """Parts that a broken twin may replace: the services' tables, the inbox, functions of the product (`patched` gives
    the context in which the twin runs), and the store of intake.
    """

    definitions: Mapping[str, Definition]
    inbox: Callable[[EventLog], Inbox] = Inbox
    patched: Callable[[], AbstractContextManager[Any]] = nullcontext
    store: Callable[[Callable[[], datetime], Sequence[View]], GatewayStore] = GatewayStore

    def follows(self, written: int) -> bool:
        """Whether somebody goes on from the entry that intake has written."""
        return written % 2 == 1


class World:
    """`told` are the lines of the schedule so far, `wrong` what must not have happened."""

    def __init__(self, parts: Parts, seed: int) -> None:
        random = Random(seed)
        self.parts, self.clock, self.enforced = parts, FakeClock(), seed % 7 == 3
        self.new_id: Callable[[], UUID] = lambda: UUID(int=random.getrandbits(128))
        self.book = policies(parts.definitions, short=seed % 3 > 0, enforced=self.enforced)
        self.psa = psa_in_memory(self.clock.now)
        self.told: list[str] = []
        self.followed: set[str] = set()
        self.wrong: list[str] = []
        self.records: dict[str, Record] = {}
        self.passed_over: defaultdict[str, set[int]] = defaultdict(set)
        self.hints: list[str] = []
        self.acts: dict[str, list[AtDesk]] = {}
        self.lost: set[str] = set()
        language = remembering(catalogued())
        self.gateway = MemoryGateway(self)
        self.services = {
            name: self._service(name, d, language) for name, d in loud(parts.definitions, seed % 4 == 0).items()
        }
        self.intake, self.wire = self.services["intake"], Wire(self.services)
        self.gateway.begin(self.intake)

    def _service(self, name: str, definition: Definition, language: EventModel) -> MemoryService:
        intake = name == "intake"
        tables = tables_of(definition, self.gateway.integrations if intake else None, self.book)
        store = self.gateway.store if intake else None
        folding = definition.folding(language)
        return MemoryService(name, tables, self.book, folding, self.clock, self.new_id, self.parts.inbox, store)

    def say(self, line: str) -> None:
        """One more line of the schedule."""
        for number, name in enumerate(self.records, 1):
            line = line.replace(name, f"ticket-{number}")
        self.told.append(f"{len(self.told) + 1:3} {line}")

    def facts(self, owner: str, ticket: str) -> list[Event]:
        """An owner's facts on a ticket, as its own store holds them."""
        service = self.services[owner]
        rows = service.store.aggregates.get(ticket, ())
        return [service.language.decode(row.raw) for row in rows if row.own]

    def psa_observations(self, name: str) -> list[Event[PsaObserved]]:
        """Intake's observations of a record."""
        found = (event for event in self.facts("intake", name) if isinstance(event.data, PsaObserved))
        return [cast("Event[PsaObserved]", event) for event in found]

    def observations(self, name: str) -> list[tuple[Entry, Event[PsaObserved]]]:
        """Intake's observations, each with the newest entry that it shows: no two entries have the same time."""
        places = {entry.at: entry for entry in self.records[name].log if entry.actor != API}
        return [(places[event.time], event) for event in self.psa_observations(name) if event.time in places]

    def status_observations(self, name: str) -> dict[int, Event[PsaObserved]]:
        """Intake's observation of each status that people set, by the number of its entry."""
        found: dict[int, Event[PsaObserved]] = {}
        for entry, event in self.observations(name):
            if "status" in event.data.changed:
                log = self.records[name].log[: entry.n]
                found.setdefault(next(e.n for e in reversed(log) if e.field == "status"), event)
        return found

    def tick(self) -> None:
        """Nothing happens at the same time as anything else."""
        self.clock.advance(timedelta(seconds=7))

    def opens(self, *, imported: bool = False) -> None:
        """A technician opens a record in the PSA; the ticket's name is derived from it."""
        if imported:
            record = Record(f"imported-{len(self.records) + 1}", self.clock.now(), imported=True)
        else:
            row = self.psa.open_ticket("jdoe", summary="VPN drops", client=COMPANY, contact=CONTACT)
            record = PsaRecord(ticket_id(INSTANCE, row.record), self.psa, row.record, self.clock.now())
        self.records[record.name], self.acts[record.name] = record, []
        self.hints.append(record.name)
        self.say(f"psa: {record.name} is opened{', in a log that is imported' if imported else ''}")

    def acts_in_psa(self, name: str, choice: int) -> None:
        """A technician changes what the PSA shows, or a dispatcher the queue."""
        record, actor = self.records[name], ("jdoe", "kim")[choice % 2]
        if choice % 6 == 0:
            entry = record.place(self.clock.now(), actor, ("Network", "Systems")[choice // 6 % 2])
        else:
            entry = record.act(self.clock.now(), actor, choice)
        self.hints.append(name)
        saw = record.saw(entry)
        self.say(f"psa: {name} {entry.n}: {entry.field} {entry.before} -> {entry.after} by {actor}, seeing {saw}")

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
        self.observes(name, choice // 10)

    def observes(self, name: str, choice: int = 1) -> None:
        """Intake reads the record, in one of its processes, and records what it had not seen."""
        record = self.records[name]
        if not isinstance(record, PsaRecord):
            events = self.intake.run(Import(name, tuple(record.log)))
            if events:
                self.say(f"intake imports {name} at {record.last}: {names(events)}")
            return
        self.gateway.observes(record, choice)

    def writes(self, name: str) -> None:
        """The calls of a ticket go one step further."""
        record = self.records[name]
        if isinstance(record, PsaRecord):
            self.gateway.writes(record)

    @property
    def under_way(self) -> list[Hand]:
        """The work that intake's gateway has under way."""
        return self.gateway.hands.all


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
