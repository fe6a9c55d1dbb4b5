"""Invariants after everything has drained."""

from __future__ import annotations

from tests.schedules.checks.oracle import InPsa, Oracle
from tests.schedules.checks.repeats import again
from tests.schedules.gateway import accepted, observation_id, unruled
from tests.schedules.psa import API
from tests.schedules.steps import Run
from tests.schedules.world import World

from desk.contract.codec import digest
from desk.contract.event import Event
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.intake.psa import PsaObserved
from desk.contract.ticket.ticket import status
from desk.contract.ticket.triage.dispatch import WaitingStarted
from desk.contract.ticket.triage.ends import Cancelled, Resolved
from desk.testing.scheduler import MemoryService


def judge(run: Run) -> list[str]:
    """Everything that is wrong with a world at rest."""
    world = run.world
    wrong = list(world.wrong)
    for name in world.records:
        wrong += _replicas(world, name) + history(world, name)
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
    ticket, record = world.intake.replica(name).state, world.records[name]
    wrong = []
    if record.status not in accepted(ticket):
        wrong.append(f"{name}: the PSA shows {record.status}, the desk {status(ticket).value}")
    if unruled(ticket):
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
    oracle = Oracle([*world.acts[name], *_inpsa_agrees(world, name)])
    if (oracle.status, oracle.cycle) == (status(ticket).value, ticket.cycle):
        return []
    here = f"{status(ticket).value} in cycle {ticket.cycle}"
    return [f"{name}: the desk says {here}, the oracle {oracle.status} in cycle {oracle.cycle}"]


def _inpsa_agrees(world: World, name: str) -> list[InPsa]:
    waits = {e.data.wait for e in world.facts("triage", name) if isinstance(e.data, WaitingStarted)}
    seen = {e.id for e in world.facts("intake", name) if isinstance(e.data, PsaObserved)}
    return [
        InPsa(
            e.at,
            e.n,
            e.after if e.field == "status" else None,
            e.saw,
            wait := str(observation_id(name, e.n)),
            wait in waits,
        )
        for e in world.records[name].log
        if e.actor != API and observation_id(name, e.n) in seen
    ]


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
