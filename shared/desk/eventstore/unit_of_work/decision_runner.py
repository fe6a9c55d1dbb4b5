"""Pure bookkeeping around decisions: records drafts, lets own reactions follow, plans effects and timers.

Runs on a workspace, inside the writer's thread, without I/O of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from desk.contract.event import Actor, Draft, Event, format_vector, natural_key, type_of
from desk.decision.context import DecisionContext, Policies
from desk.decision.planning import Cancel
from desk.eventstore.aggregate_id import aggregate_of, split
from desk.eventstore.envelope_factory import Causation, EnvelopeFactory, Ticks
from desk.eventstore.errors import EndlessReactions
from desk.eventstore.planned.call_rows import DOUBTFUL, PLANNED, planned
from desk.eventstore.planned.timer_rows import TIMERS
from desk.eventstore.tables import Tables
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork

LONGEST = 1000
NEVER = datetime.min.replace(tzinfo=UTC)
DERIVED = 5
"""The version of UUIDs that follow from a name (RFC 9562)."""
OBSERVED_AGAIN = timedelta(days=1)
"""How long after a restore the PSA may still show anew what was observed before."""


class Now(Protocol):
    """Where the present comes from (`desk.clock.Clock`)."""

    def now(self) -> datetime: ...


class DecisionRunner:
    """What one service does with drafts and with facts heard.

    `recovered` is the time of the last fact that the peers had recorded when the store was last recovered: calls that
    facts up to then ask for may have been made before. `recovering` while such facts are still missing here.
    """

    def __init__(
        self, owner: str, tables: Tables, stamper: EnvelopeFactory, policies: Policies, clock: Now, ticks: Ticks
    ) -> None:
        self.owner, self.tables, self.ticks, self.language = owner, tables, ticks, stamper.language
        self._stamper, self._policies, self._clock = stamper, policies, clock
        self._actor = Actor("service", owner)
        self.stopped: set[str] = set()
        self.recovering, self.recovered = False, NEVER

    def fingerprinting(self, context: DecisionContext, aggregate: str, state: object) -> DecisionContext:
        """The same circumstances, with texts of this aggregate named under its key."""
        fingerprint = self.language.fingerprints(*split(aggregate), state)
        return msgspec.structs.replace(context, fingerprint=fingerprint)

    def prepare(self, aggregates: Iterable[tuple[str, object]]) -> None:
        """Bring in at once the keys that decisions on these (aggregate, state) need."""
        self.language.prepare((*split(aggregate), state) for aggregate, state in aggregates)

    def deciding_on(self, cause: Event, aggregate: str, state: object) -> DecisionContext:
        """The circumstances of a reaction: the service itself decides, in the cause's cycle and origin."""
        return DecisionContext(
            id=cause.id,
            actor=self._actor,
            now=self._clock.now(),
            policies=self._policies,
            mode="import" if cause.origin == "import" else "process",
            origin=cause.origin,
            cycle=cause.cycle,
            fingerprint=self.language.fingerprints(*split(aggregate), state),
        )

    def by_itself(self, identity: UUID, aggregate: str, state: object) -> DecisionContext:
        """The circumstances of a decision that no fact and no person asked for: a due timer, an effect's outcome."""
        context = DecisionContext(id=identity, actor=self._actor, now=self._clock.now(), policies=self._policies)
        return self.fingerprinting(context, aggregate, state)

    def decided(
        self, work: UnitOfWork, aggregate: str, drafts: Iterable[Draft], context: DecisionContext, chain: Causation
    ) -> list[Event]:
        """Record drafts and everything that own reactions answer to them; all of it, in the order recorded.

        Nothing when one of them is recorded already under the id that it gets from what it answers.
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

    def apply_replicated(self, work: UnitOfWork, aggregate: str, event: Event, raw: bytes) -> list[Event]:
        """Fold in a foreign fact and record the answers to it, unless this store holds its own decision on it already.

        Calls that it asks for may have been made where the store was recovered after the fact was recorded.
        """
        self.ticks.observe(event.recordedtime)
        answered = work.replica(aggregate).decided_with(event) or work.answered(event.id)
        state = work.record(aggregate, event, raw).state
        with work.doubting(event.recordedtime <= self.recovered):
            self._follow(work, aggregate, event, state)
            reaction = None if answered else self.tables.reactions.get(event.type)
            if reaction is None:
                return []
            context = self.deciding_on(event, aggregate, state)
            drafts = reaction(event, state, context)
            return self.decided(work, aggregate, drafts, context, Causation.after(event)) if drafts else []

    def readopted(self, work: UnitOfWork, aggregate: str, event: Event, raw: bytes) -> None:
        """Fold in an own fact that a restored store had forgotten, without an answer to it. The calls that it asks for
        may have been made."""
        self.ticks.observe(event.recordedtime)
        with work.doubting(True):
            self._follow(work, aggregate, event, work.record(aggregate, event, raw).state)

    def arm_again(self, work: UnitOfWork, aggregate: str, own: Iterable[Event]) -> None:
        """Set the timers of own facts by what the aggregate is now: they were folded in before what they followed."""
        state = work.replica(aggregate).state
        for event in own:
            if event.type in self.tables.timers:
                self._arm(work, aggregate, event, state)

    def not_yet_recorded(self, work: UnitOfWork, aggregate: str, drafts: Iterable[Draft]) -> list[Draft]:
        """The drafts without those that an own fact of the same type and natural key says already, whatever its id: an
        earlier release, or a store that was restored since, named the same outcome otherwise."""
        return [draft for draft in drafts if natural_key(draft) not in self._recorded_keys(work, aggregate, draft)]

    def _recorded_keys(self, work: UnitOfWork, aggregate: str, draft: Draft) -> set[str]:
        place, topic = _place(aggregate, draft), type_of(type(draft.data), self.owner)
        raws = work.read(lambda reads: reads.own_of_type(place, topic))
        return {event.naturalkey for event in map(self.language.decode, raws)}

    def _recorded(self, work: UnitOfWork, drafts: Sequence[Draft], context: DecisionContext, chain: Causation) -> bool:
        # Asked only where a first try has failed: a transaction without the lock fails on the unique index itself.
        if not chain.stable or not work.locked:
            return False
        return any(work.has(self._stamper.stable_id(draft, context)) for draft in drafts)

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
        # Each fact names what was decided on of its own subject, so that a vector never speaks of another aggregate.
        bases = {place: format_vector(work.replica(place).vector()) for place in places}
        pairs = zip(places, drafts, strict=True)
        return [(place, self._one(work, place, bases[place], draft, context, chain)) for place, draft in pairs]

    def _one(
        self, work: UnitOfWork, aggregate: str, basis: str, draft: Draft, context: DecisionContext, chain: Causation
    ) -> Event:
        _, subject = split(aggregate)
        event, raw = self._stamper.stamp(draft, subject, work.replica(aggregate), basis, context, chain)
        self._follow(work, aggregate, event, work.record(aggregate, event, raw).state)
        return event

    def _follow(self, work: UnitOfWork, aggregate: str, event: Event, state: object) -> None:
        if event.type in self.tables.timers:
            self._arm(work, aggregate, event, state)
        effects = self.tables.effects.get(event.type)
        if effects is not None and self._live(event, state):
            sink = DOUBTFUL if work.in_doubt or self._may_repeat(event) else PLANNED
            work.write(sink, *(planned(aggregate, event, intent) for intent in effects(event, state)))

    def _may_repeat(self, event: Event) -> bool:
        """Whether a restored store may have recorded this fact before, and made its calls: its id follows from what it
        answers or observes, and the same is observed again where nobody holds the lost facts.
        """
        return event.id.version == DERIVED and event.recordedtime - OBSERVED_AGAIN <= self.recovered

    def _arm(self, work: UnitOfWork, aggregate: str, event: Event, state: object) -> None:
        live = self._live(event, state)
        changes = self.tables.timers[event.type](event, state)
        work.write(TIMERS, *((aggregate, change) for change in changes if live or isinstance(change, Cancel)))

    def _live(self, event: Event, state: object) -> bool:
        return event.origin != "import" and not self.tables.imported(state)


def _place(aggregate: str, draft: Draft) -> str:
    """The aggregate that a draft decided on `aggregate` is recorded on."""
    (stream, subject), target = split(aggregate), draft.data.spec.stream
    if target is not stream and draft.subject is None:
        raise ValueError(f"{draft.data.name} belongs to the {target} stream: its draft must name the subject")
    return aggregate_of(target, draft.subject or subject)
