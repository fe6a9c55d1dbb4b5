"""Completes a draft to a recorded fact: fills in the envelope and encodes once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID, uuid5

import msgspec

from desk.contract.bounds import clamped
from desk.contract.clamping import clamp_times
from desk.contract.event import CycleRule, Draft, Event, Payload, natural_key, reaction_id, type_of
from desk.decision.context import DecisionContext
from desk.decision.event_model import EventModel
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.errors import WrongOwner


class Ticks(Protocol):
    """The hybrid logical clock of the store (`desk.clock.HybridClock`)."""

    def tick(self) -> datetime: ...

    def observe(self, recorded: datetime) -> None: ...


class Causation(NamedTuple):
    """The cause of a decision's facts, as their envelopes state it.

    `stable`: ids are derived from the id of the cause, so that a retry makes the same ids. `time` is the default of
    `Draft.time`; without it the time of the decision.
    """

    correlation: UUID
    causation: UUID | None = None
    traceparent: str = ""
    stable: bool = False
    time: datetime | None = None

    @classmethod
    def of_command(cls, command: UUID, correlation: UUID | None, traceparent: str) -> Causation:
        """The causation of a command's facts. Where the sender names the correlation, the cause is the command's id,
        which is the correlation otherwise: it must be read from its facts after a restore."""
        return cls(correlation or command, command if correlation else None, traceparent)

    @classmethod
    def after(cls, cause: Event) -> Causation:
        """The causation of facts that react to `cause`; its time is the default of theirs."""
        return cls(cause.correlationid, cause.id, cause.traceparent, True, cause.time)


class EnvelopeFactory:
    """Makes facts of one owner."""

    def __init__(self, owner: str, language: EventModel, clock: Ticks, new_id: Callable[[], UUID]) -> None:
        self._owner, self.language, self._clock, self._new_id = owner, language, clock, new_id
        self._source = f"/desk/{owner}"
        self._types: dict[type[Payload], str] = {}

    def stamp(
        self, draft: Draft, subject: str, replica: Replica, basis: str, context: DecisionContext, chain: Causation
    ) -> tuple[Event, bytes]:
        """The fact that `draft` becomes on `subject`, whose replica is given, and its bytes.

        Times that a decision derived are kept inside the bounds. WrongOwner when another service owns the type;
        ValueError when a fact that needs a cycle has none.
        """
        event = self._event(_with_cycle(draft, context), subject, replica, basis, context, chain)
        return event, self.language.encode(event)

    def _event(
        self, draft: Draft, subject: str, replica: Replica, basis: str, context: DecisionContext, chain: Causation
    ) -> Event:
        head = replica.head(self._owner)
        return Event(
            specversion="1.0",
            id=self._stable_id(context.id, draft) if chain.stable else draft.id or self._new_id(),
            type=self._types.get(type(draft.data)) or self._type(type(draft.data)),
            source=self._source,
            subject=subject,
            time=clamped(draft.time or chain.time or context.now),
            datacontenttype="application/json",
            recordedtime=self._clock.tick(),
            ownerseq=head.seq + 1,
            actor=str(draft.actor or context.actor),
            mode=draft.mode or context.mode,
            origin=draft.origin or context.origin,
            correlationid=chain.correlation,
            naturalkey=natural_key(draft),
            basis=basis,
            prevhash=head.hash,
            cycle=draft.cycle,
            attempt=draft.attempt,
            causationid=chain.causation,
            traceparent=chain.traceparent,
            data=self.language.seal(clamp_times(draft.data), subject, replica.state),
        )

    def stable_id(self, draft: Draft, context: DecisionContext) -> UUID:
        """The id of `draft` as a reaction to `context.id`: the same in every try."""
        return self._stable_id(context.id, _with_cycle(draft, context))

    def _stable_id(self, cause: UUID, draft: Draft) -> UUID:
        """Two services may react to one cause with the same type, where every service may record it."""
        if draft.id is not None:
            return draft.id
        shared = draft.data.spec.owner == "each"
        return reaction_id(uuid5(cause, self._owner) if shared else cause, draft)

    def _type(self, payload: type[Payload]) -> str:
        if payload.spec.owner not in (self._owner, "each"):
            raise WrongOwner(f"{payload.name} belongs to {payload.spec.owner}, {self._owner} cannot record it")
        return self._types.setdefault(payload, type_of(payload, self._owner))


def _with_cycle(draft: Draft, context: DecisionContext) -> Draft:
    if draft.data.spec.cycle is CycleRule.NEVER or draft.cycle is not None:
        return draft
    if context.cycle is None:
        raise ValueError(f"{draft.data.name} needs a cycle: name it in the draft or in the command")
    return msgspec.structs.replace(draft, cycle=context.cycle)
