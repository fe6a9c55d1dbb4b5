"""Items for the writer: each is decided as a whole, and fails or is recorded as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from desk.contract.event import Draft, Event, Stream, type_of
from desk.decision.context import DecisionContext
from desk.decision.event_model import EventModel
from desk.decision.refusal import Json, Refusal
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.rows import EventRow
from desk.eventstore.table_writer import COMMANDS, SKIPPED, Row, TableWriter
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork

ANY_BODY = "restored"
"""The fingerprint of a command whose row was rebuilt after a restore: its request body is lost."""
MOST_LATER = 20
"""Facts that a refusal `changed_since` lists at most: the newest."""
R_co = TypeVar("R_co", covariant=True)
Decide = Callable[[Any, DecisionContext], list[Draft]]


class WorkItem(Protocol[R_co]):
    """One unit of work of the writer, and the type of its result."""

    @property
    def aggregates(self) -> Sequence[str]:
        """The aggregates that it will read, so that one query loads them for the whole group."""

    @property
    def recheck_if_unchanged(self) -> bool:
        """Whether a refusal or an empty result must be checked against the store (another process may be ahead)."""

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> R_co:
        """Decide and record. An exception rolls back this item and no other."""

    def on_failure(self, error: Exception) -> WorkItem[R_co] | None:
        """The item to run instead, in the same transaction, when `run` or its rows failed; None: raise the error."""


class TryNext(Exception):
    """The same command is in this group already: run this one in the next group."""


class Recorded(NamedTuple):
    """The result of a command: its facts with those of own reactions, and owner -> ownerseq after them (Desk-Seen).

    `repeat`: the command was recorded earlier, and these are its facts. `would`: the types that a dry run would record,
    None where it was none.
    """

    events: tuple[Event, ...]
    repeat: bool
    heads: Mapping[str, int]
    would: tuple[str, ...] | None = None


class Conditions(NamedTuple):
    """Requests of a command's sender beside its body.

    `correlation` becomes the correlationid of its facts, so that the commands of one run share it; None: the command's
    id. `unless_changed` is owner -> ownerseq as the sender saw them: later facts of these owners refuse the command.
    With `dry_run` nothing is recorded.
    """

    correlation: UUID | None = None
    unless_changed: Mapping[str, int] = {}
    dry_run: bool = False


class Command(NamedTuple):
    """A decision on one aggregate, or with `other_aggregates` on several at once.

    `decide` gets the aggregate's state; with `other_aggregates` a mapping of subject to state. `context.id` is the
    command's id: the same id again returns the earlier facts, and is refused when the `fingerprint` of the request
    differs. `allow_incomplete` permits repairs where a fact was skipped or two histories diverge. `writes` are rows
    written with its facts, if there are any; their writer may raise the refusal that only the transaction can decide.
    `conditions` are the headers by which the sender restricts it.
    """

    stream: Stream
    subject: str
    decide: Decide
    context: DecisionContext
    fingerprint: str = ""
    traceparent: str = ""
    other_aggregates: tuple[tuple[Stream, str], ...] = ()
    allow_incomplete: bool = False
    writes: tuple[tuple[TableWriter, Row], ...] = ()
    conditions: Conditions = Conditions()

    @property
    def aggregates(self) -> Sequence[str]:
        return [
            aggregate_of(stream, subject) for stream, subject in ((self.stream, self.subject), *self.other_aggregates)
        ]

    @property
    def recheck_if_unchanged(self) -> bool:
        return True

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> Recorded:
        identity, main = self.context.id, self.aggregates[0]
        if identity in work.claimed:
            raise TryNext
        if identity in work.earlier:
            return self._repeat(work, runner.language, main)
        state = self._state(work, runner)
        drafts = self.decide(state, runner.fingerprinting(self.context, main, work.replica(main).state))
        if drafts:
            self._ensure_unchanged(work, runner.language, main)
        if self.conditions.dry_run:
            would = tuple(type_of(type(draft.data), runner.owner) for draft in drafts)
            return Recorded((), False, work.replica(main).vector(), would)
        chain = Causation.of_command(identity, self.conditions.correlation, self.traceparent)
        events = runner.decided(work, main, drafts, self.context, chain) if drafts else []
        for writer, row in self.writes if events else ():
            work.write(writer, row)
        ids = b"".join(event.id.bytes for event in events)
        work.write(COMMANDS, (identity, self.fingerprint, ids, main))
        return Recorded(tuple(events), False, work.replica(main).vector())

    def on_failure(self, error: Exception) -> WorkItem[Recorded] | None:
        return None

    def _state(self, work: UnitOfWork, runner: DecisionRunner) -> Any:
        replicas = [work.replica(aggregate) for aggregate in self.aggregates]
        if runner.recovering and any(replica.behind() for replica in replicas):
            raise Refusal("not_heard_yet", "the store was restored and has not applied all facts again yet")
        incomplete = any(replica.incomplete for replica in replicas) or not runner.stopped.isdisjoint(self.aggregates)
        if incomplete and not self.allow_incomplete:
            raise Refusal("replica_incomplete")
        if not self.other_aggregates:
            return replicas[0].state
        subjects = (self.subject, *(subject for _, subject in self.other_aggregates))
        return {subject: replica.state for subject, replica in zip(subjects, replicas, strict=True)}

    def _ensure_unchanged(self, work: UnitOfWork, language: EventModel, main: str) -> None:
        """Refuse when an owner recorded facts after those that the sender saw. Asked after the decision, which knows
        whether the sender may see the aggregate at all."""
        seen, held = self.conditions.unless_changed, work.replica(main).vector()
        if all(held.get(owner, 0) <= number for owner, number in seen.items()):
            return
        rows = work.read(lambda reads: reads.events_after({main: 0}))
        later = [row for row in rows if row.ownerseq > seen.get(row.owner, row.ownerseq)]
        if not later:
            raise TryNext  # recorded by this group: the next one reads it
        listed: list[Json] = [_listed(row, language) for row in later[-MOST_LATER:]]
        raise Refusal("changed_since", later=listed)

    def _repeat(self, work: UnitOfWork, language: EventModel, main: str) -> Recorded:
        earlier = work.earlier[self.context.id]
        if earlier.fingerprint not in (self.fingerprint, ANY_BODY):
            raise Refusal("idempotency_key_reused")
        raws = work.read(lambda reads: reads.by_ids(earlier.events)) if earlier.events else ()
        return Recorded(tuple(map(language.decode, raws)), True, work.replica(main).vector())


def _listed(row: EventRow, language: EventModel) -> dict[str, Json]:
    """Type, actor and time of a fact; of a skipped one the type alone."""
    if row.skipped:
        return {"type": row.topic.removeprefix(SKIPPED)}
    event = language.decode(row.raw)
    return {"type": event.type, "by": event.actor, "at": event.time.isoformat().replace("+00:00", "Z")}


class Rows(NamedTuple):
    """Rows without a fact, such as positions. They are not written when one of the items in `after` is not recorded."""

    writer: TableWriter
    rows: tuple[Row, ...]
    after: tuple[WorkItem[object], ...] = ()

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> None:
        work.write(self.writer, *self.rows)

    def on_failure(self, error: Exception) -> WorkItem[None] | None:
        return None


def command_ids(items: Sequence[WorkItem[object]]) -> list[UUID]:
    """The ids of the commands among these items."""
    return [item.context.id for item in items if isinstance(item, Command)]


def decided_on(items: Sequence[WorkItem[object]]) -> list[str]:
    """The aggregates that commands among these items decide on."""
    return list(dict.fromkeys(item.aggregates[0] for item in items if isinstance(item, Command)))
