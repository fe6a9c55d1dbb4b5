"""Recovers own facts that the bus holds and a restored store lacks, before commands are accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from desk.contract.event import Event, Stream
from desk.eventstore.aggregate_id import split
from desk.eventstore.aggregate_replica import digest
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor, Row, TableWriter, columns
from desk.eventstore.unit_of_work.decision_runner import DERIVED, DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import ANY_BODY, WorkItem
from desk.inbox.ports import RawRecord
from desk.inbox.record_validation import Incoming
from desk.inbox.vouching import judged
from desk.signing.signature import signature_in
from desk.signing.signatures import Signatures

ANSWER = "INSERT INTO answers (cause) SELECT DISTINCT * FROM unnest(%b::uuid[]) ON CONFLICT DO NOTHING"
COMMAND = (
    "INSERT INTO commands AS stored (command_id, fingerprint, events, aggregate)"
    " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::bytea[], %b::text[])"
    " ON CONFLICT (command_id) DO UPDATE SET events = stored.events || excluded.events"
    " WHERE stored.fingerprint = excluded.fingerprint"
)


def _answer(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute(ANSWER, columns(rows))


def _command(cursor: DbCursor, rows: list[Row]) -> None:
    whole: dict[UUID, Row] = {}
    for identity, events, aggregate in rows:
        _, _, before, first = whole.get(identity, (identity, ANY_BODY, b"", aggregate))
        whole[identity] = (identity, ANY_BODY, before + events, first)
    cursor.execute(COMMAND, columns(list(whole.values())))


ANSWERS = TableWriter("answers given back", 52, _answer)
"""(cause): a fact, due timer or command to which a recovered own fact is the reaction."""

COMMANDS_AGAIN = TableWriter("commands given back", 51, _command)
"""(command id, ids of its facts as bytes, aggregate). The request is lost, so a repeat may have any body."""


class RecoveredEvents(NamedTuple):
    """Number of own facts recovered, and of own facts on the bus that contradict the store, which need an operator."""

    adopted: int = 0
    divergent: int = 0

    def __add__(self, other: object) -> RecoveredEvents:
        if not isinstance(other, RecoveredEvents):
            return NotImplemented
        return RecoveredEvents(self.adopted + other.adopted, self.divergent + other.divergent)


class RecoverOwnEvents(NamedTuple):
    """Recovers own facts of one aggregate from the bus, in order, without reactions: these were recorded, too.

    Also restores the causes that have a reaction, and the rows of the commands.
    """

    aggregate: str
    found: tuple[Incoming, ...]

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> RecoveredEvents:
        adopted, commands = 0, _Commands(work, self.aggregate, self.found)
        for one in self.found:
            event = one.event
            if event is None or event.owner != runner.owner or one.cause is not None:
                continue
            head = work.replica(self.aggregate).head(runner.owner)
            if event.ownerseq > head.seq:
                head = work.refresh(self.aggregate).head(runner.owner)
            if event.ownerseq == head.seq + 1 and event.prevhash == head.hash:
                runner.readopted(work, self.aggregate, event, one.raw, signature_in(one.record.headers))
                work.write(ANSWERS, (event.causationid or event.correlationid,))
                commands.add(event)
                adopted += 1
            elif event.ownerseq > head.seq or (event.ownerseq == head.seq and digest(one.raw) != head.hash):
                return RecoveredEvents(adopted, 1)
        return RecoveredEvents(adopted)

    def on_failure(self, error: Exception) -> WorkItem[RecoveredEvents] | None:
        return None


class _Commands:
    """Restores the facts of commands: those without a cause, and those of own reactions to them."""

    def __init__(self, work: UnitOfWork, aggregate: str, found: Sequence[Incoming]) -> None:
        self._work, self._aggregate = work, aggregate
        events = [one.event for one in found if one.event is not None]
        ids = {identity for event in events for identity in (event.correlationid, event.causationid) if identity}
        earlier = work.read(lambda reads: reads.commands(list(ids)))
        self._commands = {event: command for command, recorded in earlier.items() for event in recorded.events}
        self._is_command = split(aggregate)[0] is not Stream.OPS

    def add(self, event: Event) -> None:
        """Add the next own fact, in order."""
        command = self._command_of(event) if self._is_command else None
        if command is not None:
            self._commands[event.id] = command
            self._work.write(COMMANDS_AGAIN, (command, event.id.bytes, self._aggregate))

    def _command_of(self, event: Event) -> UUID | None:
        """The id of the command that recorded the fact. A fact whose sender named the correlation has the command as
        its cause: no fact has that id, and the fact's own id is not derived from it, as a reaction's is."""
        cause = event.causationid
        if cause is None:
            return event.correlationid
        if self._is_answer(event):
            return self._commands[cause]
        return cause if event.id.version != DERIVED and not self._work.has(cause) else None

    def _is_answer(self, event: Event) -> bool:
        """Whether an own reaction recorded the fact: its id is derived from its cause. The outcome of a call has the
        same cause but another id: it was recorded later, and is no part of the command's result."""
        cause, place = event.causationid, f"{event.type.split('.')[2]}|{event.naturalkey}"
        if cause is None or cause not in self._commands:
            return False
        return event.id in (uuid5(cause, place), uuid5(uuid5(cause, event.owner), place))


def readopt(event_log: EventLog, records: Sequence[RawRecord], signatures: Signatures | None = None) -> RecoveredEvents:
    """Recover these own facts, in the order given, in one transaction; with `signatures` those that are vouched for.
    Blocks."""
    groups: dict[str, list[Incoming]] = {}
    for found in judged(records, event_log.language, signatures):
        groups.setdefault(found.aggregate, []).append(found)
    total = RecoveredEvents()
    for outcome in event_log.writer.together(
        [RecoverOwnEvents(key, tuple(group)) for key, group in groups.items()]
    ).result():
        if outcome.error is not None:
            raise outcome.error
        total += outcome.result
    return total
