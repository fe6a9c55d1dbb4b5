"""Invariants while a schedule runs, and after everything has drained."""

from __future__ import annotations

from datetime import timedelta

from tests.schedules.steps import Run
from tests.schedules.world import World

ROUNDS, PAUSE = 60, timedelta(minutes=20)
"""No call of ours pauses longer than that."""


def rest(run: Run) -> None:
    """Nobody acts any more, everything that is under way arrives, and reconciliation finds what no webhook told."""
    world = run.world
    for service in world.services.values():
        service.store.crash = ""
    run.dying = None
    while run.people.unsure:
        world.tick()
        run.people.send(run.people.unsure.pop(0), again=True)
    for reader in world.lost:
        world.wire.rewind(reader)
    for _ in range(ROUNDS):
        before = _mark(world)
        _round(world)
        if _mark(world) == before:
            return
    world.wrong.append(f"no rest after {ROUNDS} rounds")


def _round(world: World) -> None:
    world.clock.advance(PAUSE)
    for name in world.records:
        world.observes(name)
        for _ in range(5):
            world.tick()
            world.writes(name)
    for owner, service in world.services.items():
        world.wire.relay(owner, 10_000)
        service.mend(world.services)
    for reader in world.services:
        world.wire.deliver(reader, world.wire.waiting(reader))


def _mark(world: World) -> object:
    facts = tuple(len(service.store.facts) for service in world.services.values())
    parked = tuple(len(service.store.parked) for service in world.services.values())
    logs = tuple(record.last for record in world.records.values())
    return facts, parked, logs, dict(world.wire.read), len(world.under_way), world.gateway.open_calls()
