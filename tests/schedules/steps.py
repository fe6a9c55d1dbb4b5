"""Carrying a schedule out: every kind of step, and what happens to a service that dies in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from desk.testing.in_memory.event_log import Crash

from .people import People
from .schedule import Step
from .world import Parts, World


class Run:
    """A world on which the steps of one schedule are carried out."""

    def __init__(self, parts: Parts, seed: int) -> None:
        self.world = World(parts, seed)
        self.people = People(self.world)
        self.dying: str | None = None
        self.world.opens()
        if seed % 5 < 2:
            self.world.opens(imported=seed % 5 == 1)

    def go(self, steps: Sequence[Step]) -> None:
        """Carry the steps out, one after the other."""
        for step in steps:
            self.world.tick()
            self.attempt(step)

    def attempt(self, step: Step) -> None:
        """One step; a service that dies in it starts again on what it had committed."""
        try:
            STEPS[step.what](self, step.first, step.second)
        except Crash as crash:
            self.dead(str(crash))

    def dead(self, when: str) -> None:
        """The service that was to die is gone; what it had in hand is lost, what it read last may come again."""
        world, owner = self.world, self.dying or "intake"
        world.say(f"{owner} dies {when}")
        world.services[owner].restart()
        world.wire.rewind(owner, len(world.told) % 3)
        if owner == "intake":
            world.gateway.dies()
        self.dying = None

    def ticket(self, choice: int) -> str:
        """One of the tickets."""
        return list(self.world.records)[choice % len(self.world.records)]

    def owner(self, choice: int) -> str:
        """One of the services."""
        return list(self.world.services)[choice % len(self.world.services)]

    def busy(self, choice: int, *, hearing: bool) -> str:
        """One of the services that have something to hear, or to publish; any when none has."""
        services, wire = self.world.services, self.world.wire
        found = [n for n, s in services.items() if (wire.waiting(n) if hearing else len(s.own()) > s.published)]
        return found[choice % len(found)] if found else self.owner(choice)


def _person(run: Run, first: int, second: int) -> None:
    name = run.ticket(second)
    if not run.world.records[name].imported:
        run.people.act(name, first, second // 7)


def _psa(run: Run, first: int, second: int) -> None:
    run.world.acts_in_psa(run.ticket(second), first)


def _relay(run: Run, first: int, second: int) -> None:
    owner = run.busy(first, hearing=False)
    number = run.world.wire.relay(owner, 1 + second % 6, forget=second % 20 == 0)
    run.world.say(f"{owner} publishes {number}{' and forgets that it did' if second % 20 == 0 else ''}")


def _hear(run: Run, first: int, second: int) -> None:
    reader = run.busy(first, hearing=True)
    waiting = run.world.wire.waiting(reader)
    Random(second).shuffle(waiting)
    owners = waiting[: 1 + second % 8]
    tally = run.world.wire.deliver(reader, owners)
    parked = f", {tally.parked} parked: {tally.stopped[0].cause if tally.stopped else 'behind'}" if tally.parked else ""
    run.world.say(f"{reader} hears {' '.join(owners) or 'nothing'}: {tally.applied.total()} new{parked}")


def _again(run: Run, first: int, second: int) -> None:
    owner = run.owner(first)
    run.world.wire.rewind(owner, second % 5)
    run.world.say(f"{owner} will hear the last {second % 5} of each owner again")


def _lose(run: Run, first: int, second: int) -> None:
    reader = run.owner(first)
    waiting = run.world.wire.waiting(reader)
    if waiting and run.world.wire.skip(reader, waiting[second % len(waiting)]):
        run.world.lost.add(reader)
        run.world.say(f"a fact of {waiting[second % len(waiting)]} is lost on its way to {reader}")


def _mend(run: Run, first: int, second: int) -> None:
    owner = run.owner(first)
    if run.world.services[owner].mend(run.world.services):
        run.world.say(f"{owner} asks for what it lacks")


def _die(run: Run, first: int, second: int) -> None:
    if run.dying is None:
        run.dying = run.owner(first)
        run.world.services[run.dying].store.crash = ("before", "after")[second % 2]


def _later(run: Run, first: int, second: int) -> None:
    run.world.clock.advance(timedelta(hours=first % 40))
    fired = [owner for owner, service in run.world.services.items() if service.fire()]
    run.world.say(f"{first % 40} hours pass{', timers of ' + ', '.join(fired) if fired else ''}")


def _poll(run: Run, first: int, second: int) -> None:
    for name in run.world.records:
        run.world.observes(name)


def _calm(run: Run, first: int, second: int) -> None:
    """Everything published so far is consumed, so that people act on what the others have just done."""
    world = run.world
    for _ in range(1 + second % 2):
        for owner in world.services:
            world.wire.relay(owner, 10_000)
        for reader in world.services:
            while world.wire.waiting(reader):
                world.wire.deliver(reader, world.wire.waiting(reader))
    world.say("every service hears everything")


STEPS: dict[str, Callable[[Run, int, int], None]] = {
    "person": _person,
    "psa": _psa,
    "webhook": lambda run, first, second: run.world.webhook(first),
    "write": lambda run, first, second: run.world.writes(run.ticket(second)),
    "relay": _relay,
    "hear": _hear,
    "again": _again,
    "lose": _lose,
    "mend": _mend,
    "die": _die,
    "later": _later,
    "poll": _poll,
    "calm": _calm,
}
