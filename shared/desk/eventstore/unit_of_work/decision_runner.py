"""Runs decisions: records drafts, runs own reactions, plans outbound calls and arms timers.

Works on a UnitOfWork, in the writer's thread, without I/O of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

import msgspec

from desk.contract.event import Actor, Draft, Event, format_vector, natural_key, type_of
from desk.decision.context import DecisionContext, Policies
from desk.decision.planning import Cancel, Timers
from desk.eventstore.aggregate_id import aggregate_of, split
from desk.eventstore.envelope_factory import Causation, EnvelopeFactory, Ticks
from desk.eventstore.errors import EndlessReactions
from desk.eventstore.handler_registry import Tables
from desk.eventstore.planned.call_rows import DOUBTFUL, PLANNED, planned
from desk.eventstore.planned.timer_rows import TIMERS
from desk.eventstore.table_writer import Row
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.signing.signatures import Signatures

LONGEST = 5000
"""More facts than the largest decision makes: a major incident that is resolved with 200 children."""
NEVER = datetime.min.replace(tzinfo=UTC)
DERIVED = 5
"""The version of UUIDs that are derived from a name (RFC 9562)."""
OBSERVED_AGAIN = timedelta(days=1)
"""Time after a restore during which a PSA change that was observed before may be observed again."""


class Now(Protocol):
    """The source of `now` (`desk.clock.Clock`)."""

    def now(self) -> datetime: ...


class DecisionRunner:
    """Records the drafts of one service and applies replicated facts.

    `recovered` is the time of the last fact that the peers had recorded when the store was last recovered: the calls of
    facts up to then may have been made before. `recovering` is set while such facts are missing here.
    `signatures` judges facts of the peers; None: they are applied unsigned.
    """

    def __init__(
        self, owner: str, tables: Tables, factory: EnvelopeFactory, policies: Policies, clock: Now, ticks: Ticks
    ) -> None:
        self.owner, self.tables, self.ticks, self.language = owner, tables, ticks, factory.language
        self._factory, self._policies, self._clock = factory, policies, clock
        self._actor = Actor("service", owner)
        self.stopped: set[str] = set()
        self.recovering, self.recovered = False, NEVER
        self.signatures: Signatures | None = None

    def fingerprinting(self, context: DecisionContext, aggregate: str, state: object) -> DecisionContext:
        """The same context, with fingerprints of texts under this aggregate's key."""
        fingerprint = self.language.fingerprints(*split(aggregate), state)
        return msgspec.structs.replace(context, fingerprint=fingerprint)

    def prepare(self, aggregates: Iterable[tuple[str, object]]) -> None:
        """Load all keys that decisions on these (aggregate, state) need, in one query."""
        self.language.prepare((*split(aggregate), state) for aggregate, state in aggregates)

    def deciding_on(self, cause: Event, aggregate: str, state: object) -> DecisionContext:
        """The context of a reaction: the service itself decides, in the cause's cycle and origin."""
        return DecisionContext(
            id=cause.id,
            actor=self._actor,
            now=self._clock.now(),
            policies=self._policies,
            mode="import" if cause.origin == "import" else "process",
            origin=cause.origin,
            cycle=cause.cycle,
            fingerprint=self.language.fingerprints(*split(aggregate), state),
            sources=self.tables.sources,
        )

    def by_itself(self, identity: UUID, aggregate: str, state: object) -> DecisionContext:
        """The context of a decision without a causing fact or person: a due timer, the outcome of a call."""
        context = DecisionContext(
            id=identity,
            actor=self._actor,
            now=self._clock.now(),
            policies=self._policies,
            sources=self.tables.sources,
        )
        return self.fingerprinting(context, aggregate, state)

    def decided(
        self, work: UnitOfWork, aggregate: str, drafts: Iterable[Draft], context: DecisionContext, chain: Causation
    ) -> list[Event]:
        """Record drafts and everything that own reactions add; returns all facts, in the order recorded.

        Records nothing when one of the drafts is recorded already under the id derived from its cause.
        """
        drafts = list(drafts)
        if self._recorded(work, drafts, context, chain):
            return []
        queue = deque(self._record(work, aggregate, drafts, context, chain))
        events = [event for _, event in queue]
        while queue:
            cause_aggregate, cause = queue.popleft()
            answers = self._answers(work, cause_aggregate, cause)
            queue.extend(answers)
            events.extend(event for _, event in answers)
            if len(events) > LONGEST:
                raise EndlessReactions(f"{cause.type} and its answers make more than {LONGEST} facts")
        return events

    def apply_replicated(
        self, work: UnitOfWork, aggregate: str, event: Event, raw: bytes, signature: bytes | None = None
    ) -> list[Event]:
        """Fold in a replicated fact and record the reaction to it, unless this store holds that reaction already.

        Its calls may have been made before when the store was recovered after the fact was recorded.
        """
        self.ticks.observe(event.recordedtime)
        answered = work.replica(aggregate).decided_with(event) or work.answered(event.id)
        state = work.record(aggregate, event, raw, signature).state
        with work.doubting(event.recordedtime <= self.recovered):
            self._follow(work, aggregate, event, state)
            reaction = None if answered else self.tables.reactions.get(event.type)
            if reaction is None:
                return []
            context = self.deciding_on(event, aggregate, state)
            drafts = reaction(event, state, context)
            return self.decided(work, aggregate, drafts, context, Causation.after(event)) if drafts else []

    def readopted(
        self, work: UnitOfWork, aggregate: str, event: Event, raw: bytes, signature: bytes | None = None
    ) -> None:
        """Fold in a recovered own fact, without a reaction to it. Its calls may have been made before."""
        self.ticks.observe(event.recordedtime)
        with work.doubting(True):
            self._follow(work, aggregate, event, work.record(aggregate, event, raw, signature).state)

    def arm_again(self, work: UnitOfWork, aggregate: str, own: Iterable[Event]) -> None:
        """Arm the timers of own facts again on the present state: they were folded in before their causes."""
        state = work.replica(aggregate).state
        for event in own:
            self._arm(work, aggregate, event, state)

    def not_yet_recorded(self, work: UnitOfWork, aggregate: str, drafts: Iterable[Draft]) -> list[Draft]:
        """The drafts that no own fact of the same type and natural key records already. Its id may differ: an earlier
        release, or a store that was restored since, derived another id for the same outcome."""
        return [draft for draft in drafts if natural_key(draft) not in self._recorded_keys(work, aggregate, draft)]

    def _recorded_keys(self, work: UnitOfWork, aggregate: str, draft: Draft) -> set[str]:
        place, topic = _place(aggregate, draft), type_of(type(draft.data), self.owner)
        raws = work.read(lambda reads: reads.own_of_type(place, topic))
        return {event.naturalkey for event in map(self.language.decode, raws)}

    def _recorded(self, work: UnitOfWork, drafts: Sequence[Draft], context: DecisionContext, chain: Causation) -> bool:
        # Checked only after a first try has failed: a transaction without the lock fails on the unique index itself.
        if not chain.stable or not work.locked:
            return False
        return any(work.has(self._factory.stable_id(draft, context)) for draft in drafts)

    def _answers(self, work: UnitOfWork, aggregate: str, cause: Event) -> list[tuple[str, Event]]:
        reaction = self.tables.own_reactions.get(cause.type)
        if reaction is None:
            return []
        state = work.replica(aggregate).state
        context = self.deciding_on(cause, aggregate, state)
        drafts, chain = reaction(cause, state, context), Causation.after(cause)
        if self._recorded(work, drafts, context, chain):
            return []
        return self._record(work, aggregate, drafts, context, chain)

    def _record(
        self, work: UnitOfWork, aggregate: str, drafts: Iterable[Draft], context: DecisionContext, chain: Causation
    ) -> list[tuple[str, Event]]:
        drafts = list(drafts)
        places = [_place(aggregate, draft) for draft in drafts]
        # The basis of each fact is the vector of its own subject, never that of another aggregate.
        bases = {place: format_vector(work.replica(place).vector()) for place in places}
        pairs = zip(places, drafts, strict=True)
        return [(place, self._one(work, place, bases[place], draft, context, chain)) for place, draft in pairs]

    def _one(
        self, work: UnitOfWork, aggregate: str, basis: str, draft: Draft, context: DecisionContext, chain: Causation
    ) -> Event:
        _, subject = split(aggregate)
        event, raw = self._factory.stamp(draft, subject, work.replica(aggregate), basis, context, chain)
        self._follow(work, aggregate, event, work.record(aggregate, event, raw).state)
        return event

    def _follow(self, work: UnitOfWork, aggregate: str, event: Event, state: object) -> None:
        self._arm(work, aggregate, event, state)
        effects = self.tables.effects.get(event.type)
        if effects is not None and self._live(event, state):
            writer = DOUBTFUL if work.in_doubt or self._may_repeat(event) else PLANNED
            work.write(writer, *(planned(aggregate, event, intent) for intent in effects(event, state)))

    def _may_repeat(self, event: Event) -> bool:
        """Whether a restored store may have recorded this fact before, and made its calls: its id is derived from its
        cause or its observation, and the same change is observed again when nobody holds the lost facts.
        """
        return event.id.version == DERIVED and event.recordedtime - OBSERVED_AGAIN <= self.recovered

    def _arm(self, work: UnitOfWork, aggregate: str, event: Event, state: object) -> None:
        if timers := self.tables.timers.get(event.type):
            work.write(TIMERS, *self._timers(timers, aggregate, event, state))
        if schedule := self.tables.schedules.get(event.type):
            rows = partial(self._timers, schedule, aggregate, event, state)
            work.postpone((aggregate, schedule), TIMERS, rows)

    def _timers(self, timers: Timers, aggregate: str, event: Event, state: object) -> list[Row]:
        live = self._live(event, state)
        return [(aggregate, change) for change in timers(event, state) if live or isinstance(change, Cancel)]

    def _live(self, event: Event, state: object) -> bool:
        return event.origin != "import" and not self.tables.imported(state)


def _place(aggregate: str, draft: Draft) -> str:
    """The aggregate that a draft decided on `aggregate` is recorded on."""
    (stream, subject), target = split(aggregate), draft.data.spec.stream
    if target is not stream and draft.subject is None:
        raise ValueError(f"{draft.data.name} belongs to the {target} stream: its draft must name the subject")
    return aggregate_of(target, draft.subject or subject)
