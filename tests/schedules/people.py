"""People at the desk: they decide on what a replica shows them, and send again what got no answer."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec.structs import replace
from tests.schedules.checks.oracle import AtDesk

from desk.contract.event import Actor, Draft, Stream
from desk.contract.ticket.triage.dispatch import WaitingEnded, WaitingStarted
from desk.contract.ticket.triage.ends import Reopened
from desk.contract.ticket.triage.fix import VerificationFailed
from desk.decision.command import Command, decide
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.eventstore.unit_of_work import work_items
from desk.testing.in_memory.event_log import Crash

from .users import FOUND, PEOPLE, ROLES, WISHES, Wish, body_of, next_step
from .world import World, names


class Sent(NamedTuple):
    """A command whose author does not know yet what became of it."""

    ticket: str
    wish: Wish
    command: Command
    body: Any
    context: DecisionContext


class People:
    """Everybody at the desk of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.unsure: list[Sent] = []
        self.refused: dict[str, int] = {}
        self._commands = {(n, c.name): c for n, d in world.parts.definitions.items() for c in d.commands}

    def act(self, name: str, choice: int, where: int) -> None:
        """Somebody looks at the ticket in some service, and sends the command that seems right, or any."""
        world = self.world
        if self.unsure and choice % 3 == 0:
            self.send(self.unsure.pop(0), again=True)
            return
        shown = list(world.services.values())[where % len(world.services)].replica(name).state
        purposeful = choice % 4 > 0 and shown.intake.exists
        now, profiles = world.clock.now(), world.book.gate_profile
        wish = next_step(shown, profiles, choice) if purposeful else WISHES[choice % len(WISHES)]
        command = self._commands[wish.service, wish.command]
        body = body_of(command, wish, max(1, shown.cycle - (choice % 50 == 0)), choice)
        actor = Actor("person", PEOPLE[choice % 2])
        context = DecisionContext(
            id=world.new_id(), actor=actor, now=now, policies=world.book, cycle=body.cycle, roles=ROLES
        )
        self.send(Sent(name, wish, command, body, context))

    def send(self, sent: Sent, *, again: bool = False) -> None:
        """The command reaches its service; without an answer its author will send it again."""
        world, service = self.world, self.world.services[sent.wish.service]
        said = f"{sent.context.actor.id} at {service.owner}{' again' if again else ''}: {sent.wish.command}"
        said = f"{said}({sent.body.cycle}) {sent.ticket}"

        def decided(ticket: Any, context: DecisionContext) -> list[Draft]:
            return decide(sent.command, sent.body, ticket, context, FOUND)

        context = replace(sent.context, now=world.clock.now())
        try:
            recorded = service.run(work_items.Command(Stream.TICKETS, sent.ticket, decided, context))
        except Refusal as refusal:
            self.refused[refusal.code] = self.refused.get(refusal.code, 0) + 1
            world.say(f"{said}: refused, {refusal.code}")
        except Crash:
            self.unsure.append(sent)
            world.say(f"{said}: no answer")
            raise
        else:
            world.say(f"{said}: {'repeat, ' if recorded.repeat else ''}{names(recorded.events) or 'nothing to do'}")
            self._promised(sent, recorded)

    def _promised(self, sent: Sent, recorded: work_items.Recorded) -> None:
        own = [event for event in recorded.events if not event.causationid]
        if not own:
            return
        waits = tuple(self._wait(sent.ticket, e.data) for e in own if isinstance(e.data, WaitingStarted | WaitingEnded))
        routed = [e.data.route for e in own if isinstance(e.data, Reopened | VerificationFailed)]
        at = min(event.time for event in own)
        act = AtDesk(at, sent.wish.command, sent.body.cycle, waits, routed[0] if routed else "diagnosis")
        self.world.acts[sent.ticket].append(act)

    def _wait(self, ticket: str, wait: WaitingStarted | WaitingEnded) -> tuple[str, str]:
        started = (e.data for e in self.world.facts("triage", ticket) if isinstance(e.data, WaitingStarted))
        return wait.wait, next((data.on for data in started if data.wait == wait.wait), "")
