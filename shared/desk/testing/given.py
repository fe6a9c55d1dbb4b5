"""given(facts).when(command).then(facts): tests of decisions without store or clock.

`Story` folds drafts of any owner into a ticket as the services would, with ids and times that are the same in every
run. Example values are in `desk.testing.controls`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from desk.contract.event import Actor, Draft, Event, Origin, Payload, natural_key, type_of
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext, Policies
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk.eventstore.handler_registry import chained
from desk.policies import PolicyBook
from desk.testing import controls
from desk.testing.events import AnyEvent

P = TypeVar("P", bound=Payload)


def writing() -> PolicyBook:
    """The built-in policies, and one that permits to write everything to the PSA."""
    book = PolicyBook()
    book.put("write-back", "2", {"default": "everything"})
    return book


Answers = Callable[..., list[Draft]]


class Story:
    """One ticket's history so far.

    Every recorded fact happens a minute after the previous one, unless it names its time.
    """

    def __init__(self, policies: Policies | None = None, *, origin: Origin = "live") -> None:
        self.ticket, self.events, self.origin = Ticket(), list[AnyEvent](), origin
        self.policies: Policies = policies or writing()
        self.now = controls.NOW
        self._seqs: dict[str, int] = {}

    def given(self, *facts: Payload | Draft) -> Story:
        """Record these facts, in this order."""
        for fact in facts:
            self.record(fact if isinstance(fact, Draft) else Draft(data=fact, cycle=self._cycle(fact)))
        return self

    def _cycle(self, fact: Payload) -> int | None:
        return self.ticket.cycle if fact.spec.cycle == "always" else None

    def record(self, draft: Draft, cause: Event | None = None) -> Event:
        """Record one draft as its owner would; returns the event."""
        owner = draft.data.spec.owner
        self.now += timedelta(minutes=1)
        seq = self._seqs[owner] = self._seqs.get(owner, 0) + 1
        event = _event(draft, owner, seq, self.now, draft.origin or self.origin, cause)
        self.ticket = self.ticket.evolve(event)
        self.events.append(event)
        return event

    def context(
        self, name: str = "command", *, by: str = "tier1-tess", roles: str = "1", **more: Any
    ) -> DecisionContext:
        """The context of a decision made now."""
        ids = uuid5(controls.NAMESPACE, f"{name}-{len(self.events)}")
        parsed = frozenset(Role.parse(code) for code in roles.split())
        base = {"id": ids, "actor": Actor("person", by), "now": self.now, "policies": self.policies, "roles": parsed}
        return DecisionContext(**{**base, "subject": controls.TICKET, **more})

    def when(self, decide: Callable[..., Sequence[Draft]], body: Any, **how: Any) -> Outcome:
        """Run a command; returns what was decided, or the refusal."""
        try:
            return Outcome(self, list(decide(body, self.ticket, self.context(**how))), None)
        except Refusal as refusal:
            return Outcome(self, [], refusal)

    def receives(self, reactions: Answers | tuple[Answers, ...], fact: Payload | Draft, **how: Any) -> Outcome:
        """Apply a fact and run the reaction to it; returns what was decided."""
        reaction = chained(reactions) if isinstance(reactions, tuple) else reactions
        self.given(fact)
        event = self.events[-1]
        context = self.context(**{"id": event.id, "roles": "", "origin": event.origin, **how})
        return Outcome(self, list(reaction(event, self.ticket, context)), None)


class Outcome:
    """The outcome of a decision, with assertions on it."""

    def __init__(self, story: Story, drafts: list[Draft], refusal: Refusal | None) -> None:
        self.story, self.drafts, self.refusal = story, drafts, refusal

    @property
    def names(self) -> list[str]:
        """Names of the facts, in order."""
        return [draft.data.name for draft in self.drafts]

    def then(self, *names: str) -> Story:
        """Assert that exactly these facts are decided, in this order, and record them."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.names == list(names)
        cause = self.story.events[-1] if self.story.events else None
        for draft in self.drafts:
            self.story.record(draft, cause)
        return self.story

    def nothing(self) -> Story:
        """Assert that nothing is decided."""
        return self.then()

    def refused(self, code: str) -> Refusal:
        """Assert that the command is refused with this code."""
        assert self.refusal is not None, f"expected {code}, but decided {self.names}"
        assert self.refusal.code == code
        return self.refusal

    def one(self, payload: type[P]) -> P:
        """The payload of the only fact of that type."""
        found = [draft.data for draft in self.drafts if isinstance(draft.data, payload)]
        assert len(found) == 1, f"expected one {payload.__name__} in {self.names}"
        return found[0]


def _event(draft: Draft, owner: str, seq: int, now: datetime, origin: Origin, cause: Event | None) -> Event:
    identity = draft.id or uuid5(controls.NAMESPACE, f"{owner}-{seq}")
    root: UUID = cause.correlationid if cause else identity
    return Event(
        specversion="1.0",
        id=identity,
        type=type_of(type(draft.data), owner),
        source=f"/desk/{owner}",
        subject=controls.TICKET,
        time=draft.time or now,
        datacontenttype="application/json",
        recordedtime=now,
        ownerseq=seq,
        actor=str(draft.actor or Actor("service", owner)),
        mode=draft.mode or "process",
        origin=origin,
        correlationid=root,
        causationid=cause.id if cause else None,
        naturalkey=natural_key(draft),
        basis="",
        prevhash="",
        cycle=draft.cycle,
        attempt=draft.attempt,
        data=draft.data,
    )
