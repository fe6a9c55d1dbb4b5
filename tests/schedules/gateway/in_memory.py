"""Intake's production gateway over the PSA in memory, one gate a step, and what the record shows after its writes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from tests.schedules.gateway.hands import HAND, Hand, Hands
from tests.schedules.gateway.port import SchedulePsa
from tests.schedules.gateway.process import GatewayProcess
from tests.schedules.gateway.rows import OPEN, Effect
from tests.schedules.psa import API, Desk, PsaRecord
from tests.schedules.scenario import INSTANCE

from desk.contract.ticket.triage.ends import ObservationRuled
from desk.service.definition import Integrations
from desk.testing.in_memory.event_log import Crash
from desk.testing.scheduler import MemoryService
from desk_intake.main import INTAKE
from desk_intake.psa.composition import Gateway
from desk_intake.psa.connection import PsaConnection
from desk_integrations.instances.psa_document import PsaInstanceSettings
from desk_integrations.kinds.psa import PsaPatch

if TYPE_CHECKING:
    from tests.schedules.world import World

READ = "a read"
MOST_GATES = 20
OTHER = 3
"""A choice by which the second process reads to the end."""


class MemoryGateway:
    """The gateway of one world. `hands` is what is under way; it is lost when intake dies."""

    def __init__(self, world: World) -> None:
        self._world, self.hands = world, Hands()
        self.store = world.parts.store(world.clock.now, INTAKE.views)
        self.store.on_made = self._made
        self._psa = SchedulePsa(world.psa, self.hands, self._was_listed, self._was_read, self._was_patched)
        config = PsaInstanceSettings(id=INSTANCE, api_member=API, read_notes=False)
        self._gateway = Gateway([PsaConnection(config, self._psa)], world.book)
        effects = {fact: (plan,) for fact, plan in self._gateway.gate.effects().items()}
        self.integrations = Integrations(effects=effects)
        self._patched: set[Hand] = set()
        self._followed: PsaRecord | None = None
        self._service: MemoryService
        self._process: GatewayProcess

    def begin(self, service: MemoryService) -> None:
        """Compose the first process."""
        self._service = service
        self._compose()

    def dies(self) -> None:
        """The process is gone, and all that it had under way; the next one takes its calls over."""
        self.hands.drop()
        self._followed = None
        self._compose()
        self._process.worker.take_over()

    def close(self) -> None:
        """End everything that is under way."""
        self.hands.close()

    def open_calls(self) -> list[Effect]:
        """The calls that have not ended."""
        return [effect for effect in self.store.rows.effects.values() if effect.state in OPEN]

    def observes(self, record: PsaRecord, choice: int) -> None:
        """Read a record: at once, or to the next gate; in the process that makes the calls, or in another one."""
        if choice % 8 == 0 or any(hand.what == READ for hand in self.hands.of(record.name)):
            self._go_on(record.name, choice)
            return
        before = len(self.store.aggregates.get(record.name, ()))
        hand = self.hands.begin(record.name, READ, self._read(record, other=choice % 3 == 0))
        for _ in range(1 if choice % 5 == 0 else MOST_GATES):
            self._resume(hand)
        self._report(record, before, f"intake reads {record.name} at {record.last}")

    def writes(self, record: PsaRecord) -> None:
        """Start the calls that are due, and let one task of this ticket pass its gate.

        The callback of somebody who went on from what was written may reach the second process at once.
        """
        before = len(self.store.aggregates.get(record.name, ()))
        self._process.worker.start_due()
        self._check()
        self._go_on(record.name, 0)
        self._report(record, before, "intake records")
        if self._followed is record:
            self._followed = None
            if record.last % 3:
                self.observes(record, OTHER)

    def _go_on(self, name: str, choice: int) -> None:
        waiting = [hand for hand in self.hands.of(name) if hand.gate is not None]
        if waiting:
            hand = waiting[choice % len(waiting)]
            self._world.say(f"intake goes on with {hand.what} of {name}, {hand.at}")
            self._resume(hand)

    def _resume(self, hand: Hand) -> None:
        self._check()
        if hand.gate is not None:
            self.hands.resume(hand)
        self._check()

    def _check(self) -> None:
        self._world.wrong += self.hands.failures
        self.hands.failures.clear()
        if self.hands.died:
            raise Crash(self.hands.died)

    def _report(self, record: PsaRecord, before: int, what: str) -> None:
        from tests.schedules.world import names

        rows = self.store.aggregates.get(record.name, ())[before:]
        events = [self._service.language.decode(row.raw) for row in rows if row.own]
        if events:
            self._world.say(f"{what}: {names(events)}")

    async def _read(self, record: PsaRecord, *, other: bool) -> None:
        found = await self._process.read(record.number, self._process.other if other else self._process.mine)
        if found is None:
            self._world.hints.append(record.name)
            self._world.say(f"intake cannot read {record.name} now: a write is under way")

    def _compose(self) -> None:
        self._process = GatewayProcess(self._gateway, self._service, self.hands, self._world.book, self.hands.failures)

    def _was_listed(self, hand: Hand) -> None:
        hand.listed = self._world.records[hand.ticket].last

    def _was_read(self, hand: Hand) -> None:
        hand.base = self._world.records[hand.ticket].last
        self._passed_over(hand, hand.listed, hand.base)

    def _passed_over(self, hand: Hand, after: int, before: int) -> None:
        """Entries of the record between these two were in no answer to this task, but for the status displayed.

        A status that is displayed and was recorded before tells nothing either: who left it and came back is unseen.
        """
        log = self._world.records[hand.ticket].log[:before]
        displayed = max((entry for entry in log if entry.field == "status"), key=lambda entry: entry.n)
        recorded = self._service.replica(hand.ticket).state.intake.psa_fields.get("status")
        unseen = set(range(after + 1, before + (displayed.n == before)))
        unseen -= self._world.status_observations(hand.ticket).keys()
        self._world.passed_over[hand.ticket] |= unseen - ({displayed.n} if displayed.after != recorded else set())

    def _was_patched(self, hand: Hand, patch: PsaPatch) -> None:
        world, name = self._world, hand.ticket
        record = cast(PsaRecord, world.records[name])
        undone = None if patch.status is None else self._unruled(record, hand.base)
        if undone is not None:
            world.wrong.append(f"a write to {name} undid {undone} before it was ruled on")
        raced = any(entry.field == "status" for entry in record.log[hand.base :])
        # a write of other fields leaves the status that somebody has set since displayed
        shows = None if patch.status is None and raced else self._shows(record)
        if patch.status is not None and raced:
            world.say(f"the write to {name} undoes what was set since it read the record")
        entry = record.written(world.clock.now(), "other" if patch.status is None else "status", shows)
        self._passed_over(hand, hand.base, entry.n)
        self._patched.add(hand)
        world.hints.append(name)
        world.say(f"psa: {name} {entry.n}: {entry.field} {entry.before} -> {entry.after} by intake, showing {shows}")
        if patch.status is not None:
            self._follow(record, entry.n)

    def _follow(self, record: PsaRecord, written: int) -> None:
        """Once a record, a technician who waited for it goes on from what was written, before that is recorded."""
        world = self._world
        if world.parts.follows(written) and record.name not in world.followed:
            world.followed.add(record.name)
            world.clock.advance(timedelta(seconds=2))
            world.acts_in_psa(record.name, written * 7 + len(world.told))
            self._followed = record

    def _unruled(self, record: PsaRecord, base: int) -> str | None:
        """A status that people set before entry `base`, that a read could see, and on which triage has not ruled."""
        theirs = [entry for entry in record.log[:base] if entry.field == "status" and entry.actor != API]
        seen = self._world.status_observations(record.name)
        own = self._world.facts("triage", record.name)
        ruled = {event.causationid for event in own if isinstance(event.data, ObservationRuled)}
        unruled = [
            entry
            for entry in theirs
            if entry.n not in self._world.passed_over[record.name]
            and (entry.n not in seen or seen[entry.n].id not in ruled)
        ]
        return f"{unruled[-1].after} of entry {unruled[-1].n}" if unruled else None

    def _shows(self, record: PsaRecord) -> Desk | None:
        """The desk's state that the newest claim covers: the ticket as of that ownerseq of triage.

        None if it had not ruled on the record's status then: a write of other fields shows nothing of it.
        """
        covers = self.store.rows.writes[INSTANCE, record.number].shown
        rows = self.store.events_after({record.name: 0})
        later = (at for at, row in enumerate(rows) if row.owner == "triage" and row.ownerseq > covers)
        ticket: Any = self._service.loader.fold(record.name, rows[: next(later, len(rows))]).state
        unruled = ticket.intake.status_seq > ticket.triage.last_ruled_source_seq
        return None if unruled else Desk(ticket.cycle, ticket.triage.end is not None)

    def _made(self, number: str) -> None:
        """A call found that the record is as it wants it, or that its write had been made."""
        hand = HAND.get()
        if hand is None or hand in self._patched:
            return
        record = self._world.records[hand.ticket]
        shows = self._shows(cast(PsaRecord, record))
        if shows is not None and record.log[hand.base - 1].actor != API:
            record.covered(hand.base, shows)
            self._world.say(f"intake finds {record.name} as wanted at {hand.base}, showing {shows}")
