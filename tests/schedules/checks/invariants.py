"""Invariants after everything has drained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from tests.schedules.checks.accepted import ACCEPTED, OPEN
from tests.schedules.checks.oracle import InPsa, Oracle
from tests.schedules.checks.repeats import again
from tests.schedules.psa import API, Entry
from tests.schedules.steps import Run
from tests.schedules.world import World

from desk.contract.codec import digest
from desk.contract.event import Event
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.intake.psa import PsaObserved
from desk.contract.ticket.ticket import Ticket, status
from desk.contract.ticket.triage.dispatch import WaitingStarted
from desk.contract.ticket.triage.ends import Cancelled, Reopened, Resolved
from desk.testing.scheduler import MemoryService


def judge(run: Run) -> list[str]:
    """Everything that is wrong with a world at rest."""
    world = run.world
    wrong = list(world.wrong)
    for name in world.records:
        wrong += _replicas(world, name) + history(world, name) + _observed_once(world, name)
        wrong += _untouched(world, name) if world.records[name].imported else psa_agrees(world, name)
        if not world.enforced:
            wrong += right(world, name)
    return wrong + _replay(world)


def _replicas(world: World, name: str) -> list[str]:
    replicas = {owner: service.replica(name) for owner, service in world.services.items()}
    wrong = [f"{owner}: {name} is incomplete" for owner, r in replicas.items() if r.incomplete]
    if len({tuple(sorted(r.vector().items())) for r in replicas.values()}) > 1:
        wrong.append(f"{name}: vectors differ: { {o: r.vector() for o, r in replicas.items()} }")
    if len({digest(r.state.slices) for r in replicas.values()}) > 1:
        wrong.append(f"{name}: states differ")
    for owner, service in world.services.items():
        if service.refolded(name).state != replicas[owner].state:
            wrong.append(f"{owner}: {name} folds to another state from its first fact on")
        wrong += _gaps(world, owner, name)
    return wrong


def _gaps(world: World, owner: str, name: str) -> list[str]:
    rows = world.services[owner].store.aggregates.get(name, ())
    wrong = []
    for peer in world.services:
        numbers = [row.ownerseq for row in rows if row.owner == peer]
        if numbers != list(range(1, len(numbers) + 1)):
            wrong.append(f"{owner}: {name} holds {peer}'s facts {numbers}")
    return wrong


def history(world: World, name: str) -> list[str]:
    """Each fact once while it stands, every close names an end of its cycle, borders of cycles only go up."""
    events = [event for owner in world.services for event in world.facts(owner, name)]
    wrong = [f"{name}: {key} is recorded again" for key in again(events)]
    ends = {event.id: event.cycle for event in events if isinstance(event.data, Resolved | Cancelled)}
    for event in events:
        if isinstance(event.data, Closed) and ends.get(event.data.resolution) != event.cycle:
            wrong.append(f"{name}: closed({event.cycle}) names no end of that cycle")
    return wrong + _borders(name, events)


def _borders(name: str, events: list[Event]) -> list[str]:
    opened = [event.cycle for event in events if event.data.name == "reopened"]
    if opened != list(range(2, len(opened) + 2)):
        return [f"{name}: reopenings open the cycles {opened}"]
    return []


def psa_agrees(world: World, name: str) -> list[str]:
    """The PSA shows what the ticket's state accepts, and everything seen there was ruled on."""
    ticket: Ticket = world.intake.replica(name).state
    record, wrong = world.records[name], []
    if record.status not in ACCEPTED.get(status(ticket), OPEN):
        wrong.append(f"{name}: the PSA shows {record.status}, the desk {status(ticket).value}")
    if ticket.intake.status_seq > ticket.triage.last_ruled_source_seq or ticket.intake.unmapped:
        wrong.append(f"{name}: observation {ticket.intake.status_seq} was never ruled on")
    return wrong


def _untouched(world: World, name: str) -> list[str]:
    """Imported history asks for no call, arms no timer, and nobody answers its observations."""
    wrong = [
        f"{o}: a call is planned for {name}"
        for o, s in _all(world)
        for row in s.store.effects.values()
        if row[1] == name
    ]
    wrong += [
        f"{owner}: a timer is armed for {name}" for owner, s in _all(world) for key in s.store.timers if key[0] == name
    ]
    if any(event.data.name == "observation-ruled" for event in world.facts("triage", name)):
        wrong.append(f"{name}: an imported observation was answered")
    return wrong


def right(world: World, name: str) -> list[str]:
    """Status and cycle are what the oracle says."""
    ticket = world.intake.replica(name).state
    oracle = Oracle([*world.acts[name], *_seen_in_psa(world, name)])
    if (oracle.status, oracle.cycle) == (status(ticket).value, ticket.cycle):
        return []
    here = f"{status(ticket).value} in cycle {ticket.cycle}"
    return [f"{name}: the desk says {here}, the oracle {oracle.status} in cycle {oracle.cycle}"]


def _seen_in_psa(world: World, name: str) -> Iterator[InPsa]:
    record, waits = world.records[name], _waits(world, name)
    statuses = world.status_observations(name)
    for entry, event in world.observations(name):
        if "queue" in event.data.changed:
            yield InPsa(entry.at, entry.n, None, record.saw(entry))
    for n, event in statuses.items():
        wait, late = str(event.id), _late(world, name, event)
        saw = record.saw(record.log[n - 1])
        yield InPsa(event.time, n, event.data.status_id, saw, wait, wait in waits, late)


def _observed_once(world: World, name: str) -> list[str]:
    """Every status that people set is observed once, none that nobody set, and each at the time of its change."""
    log, found = world.records[name].log, world.status_observations(name)
    once = {event.id for event in found.values()}
    events = [event for event in world.psa_observations(name) if "status" in event.data.changed]
    return [
        *(f"{name}: {e.data.status_class} is observed again at {e.time}" for e in events if e.id not in once),
        *(
            f"{name}: {event.data.status_id} is observed, entry {n} set {log[n - 1].after}"
            for n, event in found.items()
            if log[n - 1].actor == API or log[n - 1].after != event.data.status_id
        ),
        *(f"{name}: {word} of entry {n} was never observed" for n, word in _stays(log) if n not in found),
        *(f"{name}: nobody changed the record at {at}" for at in _strange_times(world, name)),
        *(
            f"{name}: {event.data.status_id} of entry {n} was observed late, though no read had passed it over"
            for n, event in found.items()
            if event.data.via == "history" and n not in world.passed_over[name]
        ),
    ]


def _strange_times(world: World, name: str) -> set[datetime]:
    changes = {entry.at for entry in world.records[name].log if entry.actor != API}
    return {event.time for event in world.psa_observations(name)} - changes


def _stays(log: Sequence[Entry]) -> Iterator[tuple[int, str]]:
    """(entry, status) of each stay in a status that a person began and in which the desk wrote no status."""
    entries = [entry for entry in log if entry.field == "status"]
    for status_word, stay in groupby(entries, key=lambda entry: entry.after):
        changes = list(stay)
        if not any(entry.actor == API for entry in changes):
            yield changes[0].n, status_word


def _late(world: World, name: str, event: Event[PsaObserved]) -> bool:
    """Whether the act was read from the change log after a later act of the record had been, or after the desk had
    ended or reopened a cycle since."""
    if event.data.via != "history":
        return False
    earlier = (one for _entry, one in world.observations(name) if one.data.source_seq < event.data.source_seq)
    if any("status" in one.data.changed and one.time > event.time for one in earlier):
        return True
    own = world.facts("triage", name)
    ruled = next((one.ownerseq for one in own if one.causationid == event.id), 0)
    borders = (one for one in own if isinstance(one.data, Resolved | Cancelled | Reopened))
    return any(one.time > event.time and one.ownerseq < ruled for one in borders)


def _waits(world: World, name: str) -> set[str]:
    return {e.data.wait for e in world.facts("triage", name) if isinstance(e.data, WaitingStarted)}


def _replay(world: World) -> list[str]:
    """Everything delivered once more changes nothing and plans nothing."""
    before = {owner: (len(s.store.facts), len(s.store.effects), dict(s.store.timers)) for owner, s in _all(world)}
    for owner, _ in _all(world):
        world.wire.rewind(owner)
        world.wire.deliver(owner, world.wire.waiting(owner))
    after = {owner: (len(s.store.facts), len(s.store.effects), dict(s.store.timers)) for owner, s in _all(world)}
    return [f"{owner}: a replay recorded something" for owner in before if before[owner] != after[owner]]


def _all(world: World) -> list[tuple[str, MemoryService]]:
    return list(world.services.items())
