"""Pure bookkeeping around decisions: records drafts, lets own reactions follow, plans effects and timers.

Runs on a workspace, inside the writer's thread, without I/O of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from desk.deciding import Deciding, Policies
from desk.log.effect_rows import PLANNED, planned
from desk.log.errors import EndlessReactions
from desk.log.keys import aggregate_of, split
from desk.log.stamp import Chain, Stamper, Ticks
from desk.log.tables import Tables
from desk.log.timer_rows import TIMERS, Cancel
from desk.log.workspace import Workspace
from desk.ticket.event import Actor, Draft, Event, Stream, format_vector

LONGEST = 1000


class Now(Protocol):
    """Where the present comes from (`desk.clock.Clock`)."""

    def now(self) -> datetime: ...


class Engine:
    """What one service does with drafts and with facts heard."""

    def __init__(
        self, owner: str, tables: Tables, stamper: Stamper, policies: Policies, clock: Now, ticks: Ticks
    ) -> None:
        self.owner, self.tables, self.ticks, self.language = owner, tables, ticks, stamper.language
        self._stamper, self._policies, self._clock = stamper, policies, clock
        self._actor = Actor("service", owner)
        self.stopped: set[str] = set()

    def fingerprinting(self, deciding: Deciding, aggregate: str, state: object) -> Deciding:
        """The same circumstances, with texts of this aggregate named under its key."""
        fingerprint = self.language.fingerprints(*split(aggregate), state)
        return msgspec.structs.replace(deciding, fingerprint=fingerprint)

    def prepare(self, aggregates: Iterable[tuple[str, object]]) -> None:
        """Bring in at once the keys that decisions on these (aggregate, state) need."""
        self.language.prepare((*split(aggregate), state) for aggregate, state in aggregates)

    def deciding_on(self, cause: Event, aggregate: str, state: object) -> Deciding:
        """The circumstances of a reaction: the service itself decides, in the cause's cycle and origin."""
        return Deciding(
            id=cause.id,
            actor=self._actor,
            now=self._clock.now(),
            policies=self._policies,
            mode="import" if cause.origin == "import" else "process",
            origin=cause.origin,
            cycle=cause.cycle,
            fingerprint=self.language.fingerprints(*split(aggregate), state),
        )

    def by_itself(self, identity: UUID, aggregate: str, state: object) -> Deciding:
        """The circumstances of a decision that no fact and no person asked for: a due timer, an effect's outcome."""
        deciding = Deciding(id=identity, actor=self._actor, now=self._clock.now(), policies=self._policies)
        return self.fingerprinting(deciding, aggregate, state)

    def decided(
        self, work: Workspace, aggregate: str, drafts: Iterable[Draft], deciding: Deciding, chain: Chain
    ) -> list[Event]:
        """Record drafts and everything that own reactions answer to them; all of it, in the order recorded."""
        queue = deque(self._record(work, aggregate, drafts, deciding, chain))
        events = [event for _, event in queue]
        while queue:
            cause_aggregate, cause = queue.popleft()
            answers = self._answers(work, cause_aggregate, cause)
            queue.extend(answers)
            events.extend(event for _, event in answers)
            if len(events) > LONGEST:
                raise EndlessReactions(f"{cause.type} and its answers make more than {LONGEST} facts")
        return events

    def heard(self, work: Workspace, aggregate: str, event: Event, raw: bytes) -> list[Event]:
        """Fold in a foreign fact and record the answers to it."""
        self.ticks.heard(event.recordedtime)
        state = work.record(aggregate, event, raw).state
        self._follow(work, aggregate, event, state)
        reaction = self.tables.reactions.get(event.type)
        if reaction is None:
            return []
        deciding = self.deciding_on(event, aggregate, state)
        drafts = reaction(event, state, deciding)
        return self.decided(work, aggregate, drafts, deciding, Chain.after(event)) if drafts else []

    def readopted(self, work: Workspace, aggregate: str, event: Event, raw: bytes) -> Any:
        """Fold in an own fact that a restored store had forgotten, without an answer to it; the state after it."""
        self.ticks.heard(event.recordedtime)
        state = work.record(aggregate, event, raw).state
        if event.type in self.tables.timers:
            self._arm(work, aggregate, event, state)
        return state

    def _answers(self, work: Workspace, aggregate: str, cause: Event) -> list[tuple[str, Event]]:
        reaction = self.tables.own_reactions.get(cause.type)
        if reaction is None:
            return []
        state = work.replica(aggregate).state
        deciding = self.deciding_on(cause, aggregate, state)
        drafts = reaction(cause, state, deciding)
        return self._record(work, aggregate, drafts, deciding, Chain.after(cause))

    def _record(
        self, work: Workspace, aggregate: str, drafts: Iterable[Draft], deciding: Deciding, chain: Chain
    ) -> list[tuple[str, Event]]:
        basis = format_vector(work.replica(aggregate).vector())
        stream, subject = split(aggregate)
        return [self._one(work, stream, subject, basis, draft, deciding, chain) for draft in drafts]

    def _one(
        self, work: Workspace, stream: Stream, subject: str, basis: str, draft: Draft, deciding: Deciding, chain: Chain
    ) -> tuple[str, Event]:
        target, place = draft.data.spec.stream, draft.subject or subject
        if target is not stream and draft.subject is None:
            raise ValueError(f"{draft.data.name} belongs to the {target} stream: its draft must name the subject")
        aggregate = aggregate_of(target, place)
        event, raw = self._stamper.stamp(draft, place, work.replica(aggregate), basis, deciding, chain)
        self._follow(work, aggregate, event, work.record(aggregate, event, raw).state)
        return aggregate, event

    def _follow(self, work: Workspace, aggregate: str, event: Event, state: object) -> None:
        if event.type in self.tables.timers:
            self._arm(work, aggregate, event, state)
        effects = self.tables.effects.get(event.type)
        if effects is not None and self._live(event, state):
            work.write(PLANNED, *(planned(aggregate, event, intent) for intent in effects(event, state)))

    def _arm(self, work: Workspace, aggregate: str, event: Event, state: object) -> None:
        live = self._live(event, state)
        changes = self.tables.timers[event.type](event, state)
        work.write(TIMERS, *((aggregate, change) for change in changes if live or isinstance(change, Cancel)))

    def _live(self, event: Event, state: object) -> bool:
        return event.origin != "import" and not self.tables.imported(state)
