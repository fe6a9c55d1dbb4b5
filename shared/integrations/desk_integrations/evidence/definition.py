"""One row of a service's table of evidence: triggers, subject, kind, window, and the decision on the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar
from uuid import UUID

from desk.contract.event import Draft, Event, Payload, Stream, Text
from desk.contract.ticket.evidence import SourceAnswer
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext, Policies
from desk_integrations.evidence.subject import Question, Subject
from desk_integrations.outcomes import Missing, Outcome

T = TypeVar("T")
Window = tuple[datetime, datetime]


class KeyMissing(Exception):
    """A text that a question needs cannot be read: its key is not in the key ring."""


class Lookup(Protocol):
    """The reads of its own service that a question may make before it is asked."""

    async def state(self, stream: Stream, subject: str) -> Any:  # Any: the state of any stream
        """An aggregate as it is committed now."""
        ...

    def readable(self, text: Text | None) -> str | None:
        """A sealed text in plain; None without one. `KeyMissing` when its key is missing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Generic[T]):
    """One answer as it was found, at most `MOST_ITEMS` of its items, the most relevant first.

    `state` is `clear` where the source was asked and has nothing, `unknown` where it did not say; `reason` is a code
    for the latter. `unavailable` names parts that the source never reports or did not report this time; they are never
    read as clear. `omitted` counts further items, `foreign` dropped rows of others. `cause` is the id of the fact that
    asked about the `ticket`.
    """

    id: str
    source: str
    subject: Subject
    asked_at: datetime
    window: Window | None
    state: Literal["clear", "match", "unknown"]
    reason: str = ""
    items: tuple[T, ...] = ()
    omitted: int = 0
    unavailable: tuple[str, ...] = ()
    foreign: int = 0
    ticket: str = ""
    cause: UUID | None = None


class Found(Protocol):
    """The value of a port method that evidence is made of."""

    @property
    def missing(self) -> tuple[Missing, ...]: ...


P = TypeVar("P")
V = TypeVar("V", bound=Found)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequest:
    """The question of one kind of evidence. Pure.

    `name` is part of the kind of its calls. Facts of `triggers` that pass `asks` ask for it, where `subject` finds one
    in the ticket. `window` is the interval that is asked for; with `settle` it ends that much later, and the question
    waits for its end. `answers` are the newest ones in the slice of the service, by source.
    `deadline` (seconds) and `stale_after` override those of the instance.
    """

    name: str
    kind: str
    triggers: tuple[type[Payload], ...]
    subject: Callable[[Ticket], Subject | None]
    answers: Callable[[Ticket], Mapping[str, SourceAnswer]]
    asks: Callable[[Event], bool] = lambda _event: True
    window: Callable[[Ticket], Window | None] = lambda _ticket: None
    settle: Callable[[Policies], timedelta] | None = None
    deadline: float | None = None
    stale_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(EvidenceRequest, Generic[P, V, T]):
    """One kind of evidence, of the port `P`, its value `V` with items `T`. Everything but `ask` is pure.

    `ask` gets the source's port; `items` orders its value's items, the most relevant first; `record` is the decision.
    `never_reported` names the parts that the source cannot tell at all.
    """

    ask: Callable[[P, Question, Ticket, Lookup], Awaitable[Outcome[V]]]
    items: Callable[[V], tuple[T, ...]]
    record: Callable[[Snapshot[T], Ticket, DecisionContext], list[Draft]]
    never_reported: Callable[[P], tuple[str, ...]] = lambda _port: ()


AnyEvidence = Evidence[Any, Any, Any]  # Any: a table has rows of several ports, each with values and items of its own
