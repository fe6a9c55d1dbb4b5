"""What the writer works on: one item is decided as a whole, and fails or is recorded as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from desk.contract.event import Draft, Event, Stream
from desk.decision.context import Deciding
from desk.decision.event_model import Language
from desk.decision.refusal import Refusal
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.envelope_factory import Chain
from desk.eventstore.table_writer import COMMANDS, Row, Sink
from desk.eventstore.unit_of_work.decision_runner import Engine
from desk.eventstore.unit_of_work.unit_of_work import Workspace

ANY_BODY = "restored"
"""The fingerprint of a command whose row was made again after a restore: what was asked is not known any more."""
Decide = Callable[[Any, Deciding], list[Draft]]


class Item(Protocol):
    """One unit of work of the writer."""

    @property
    def touches(self) -> Sequence[str]:
        """The aggregates that it will read, so that one query brings them for the whole group."""

    @property
    def confirmed(self) -> bool:
        """Whether a refusal or an empty answer must be confirmed against the store (another process may be ahead)."""

    def run(self, work: Workspace, engine: Engine) -> Any:
        """Decide and record. An exception undoes this item and no other."""

    def instead(self, error: Exception) -> Item | None:
        """What to do in the same transaction when `run` or its rows failed; None: the submitter gets the error."""


class TryNext(Exception):
    """The same command is in this group already: it belongs into the next one."""


class Recorded(NamedTuple):
    """The answer to a command: its facts with those of own reactions, and owner = ownerseq afterwards (Desk-Seen).

    `repeat`: the command had been recorded before; these are the facts of then.
    """

    events: tuple[Event, ...]
    repeat: bool
    heads: Mapping[str, int]


class Command(NamedTuple):
    """A decision on one aggregate, or with `also` on several at once.

    `decide` gets the aggregate's state; with `also` a mapping of subject to state. `deciding.id` is the command's id:
    the same id again answers the earlier facts, and is refused when the `fingerprint` of the request differs.
    `even_incomplete` lets repairs through where a fact was skipped or two histories diverge.
    """

    stream: Stream
    subject: str
    decide: Decide
    deciding: Deciding
    fingerprint: str = ""
    traceparent: str = ""
    also: tuple[tuple[Stream, str], ...] = ()
    even_incomplete: bool = False

    @property
    def touches(self) -> Sequence[str]:
        return [aggregate_of(stream, subject) for stream, subject in ((self.stream, self.subject), *self.also)]

    @property
    def confirmed(self) -> bool:
        return True

    def run(self, work: Workspace, engine: Engine) -> Recorded:
        identity, main = self.deciding.id, self.touches[0]
        if identity in work.claimed:
            raise TryNext
        if identity in work.earlier:
            return self._repeat(work, engine.language, main)
        state = self._state(work, engine)
        drafts = self.decide(state, engine.fingerprinting(self.deciding, main, work.replica(main).state))
        chain = Chain(identity, traceparent=self.traceparent)
        events = engine.decided(work, main, drafts, self.deciding, chain) if drafts else []
        ids = b"".join(event.id.bytes for event in events)
        work.write(COMMANDS, (identity, self.fingerprint, ids, main))
        return Recorded(tuple(events), False, work.replica(main).vector())

    def instead(self, error: Exception) -> Item | None:
        return None

    def _state(self, work: Workspace, engine: Engine) -> Any:
        replicas = [work.replica(aggregate) for aggregate in self.touches]
        if engine.recovering and any(replica.behind() for replica in replicas):
            raise Refusal("not_heard_yet", "the store was restored and has not heard everything again yet")
        incomplete = any(replica.incomplete for replica in replicas) or not engine.stopped.isdisjoint(self.touches)
        if incomplete and not self.even_incomplete:
            raise Refusal("replica_incomplete")
        if not self.also:
            return replicas[0].state
        subjects = (self.subject, *(subject for _, subject in self.also))
        return {subject: replica.state for subject, replica in zip(subjects, replicas, strict=True)}

    def _repeat(self, work: Workspace, language: Language, main: str) -> Recorded:
        earlier = work.earlier[self.deciding.id]
        if earlier.fingerprint not in (self.fingerprint, ANY_BODY):
            raise Refusal("idempotency_key_reused")
        raws = work.read(lambda reads: reads.by_ids(earlier.events)) if earlier.events else ()
        return Recorded(tuple(map(language.decode, raws)), True, work.replica(main).vector())


class Rows(NamedTuple):
    """Rows beside the log, without a fact: positions, for example. Where one of the items `after` which they come is
    not recorded, these are not written either."""

    sink: Sink
    rows: tuple[Row, ...]
    after: tuple[Item, ...] = ()

    @property
    def touches(self) -> Sequence[str]:
        return ()

    @property
    def confirmed(self) -> bool:
        return False

    def run(self, work: Workspace, engine: Engine) -> None:
        work.write(self.sink, *self.rows)

    def instead(self, error: Exception) -> Item | None:
        return None


def command_ids(items: Sequence[Item]) -> list[UUID]:
    """The ids of the commands among these items."""
    return [item.deciding.id for item in items if isinstance(item, Command)]


def decided_on(items: Sequence[Item]) -> list[str]:
    """The aggregates that commands among these items decide on."""
    return list(dict.fromkeys(item.touches[0] for item in items if isinstance(item, Command)))
