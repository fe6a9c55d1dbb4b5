"""One transaction's writes: facts, the changes that views follow, and rows of any table beside the event store.

A `TableWriter` writes all rows that one group has for it with one statement, in the order of `TableWriter.order`. A
service may bring writers of its own (a receipt that is read, a reservation), whose rows join the facts' transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from psycopg import Cursor

from desk.contract.event import Event

Row = tuple[Any, ...]
DbCursor = Cursor[Any]


class StoredEvent(NamedTuple):
    """One row of the log. `version` counts 1, 2, 3 ... over all owners of the aggregate in this store.

    `topic` is the fact's type; a skipped fact's row has `SKIPPED` before it. `recorded` is the owner's recordedtime.
    """

    aggregate: str
    version: int
    topic: str
    raw: bytes
    event_id: UUID
    owner: str
    ownerseq: int
    recorded: datetime
    own: bool


SKIPPED = "skipped:"
"""Before the type of a fact whose place counts and whose content does not: somebody skipped it."""


class AppliedEvent(NamedTuple):
    """What a view sees of one fact: the fact, the aggregate's state right after it, whether the fact is own."""

    aggregate: str
    event: Event
    state: Any
    own: bool


class View(Protocol):
    """A read model kept in the transaction of the facts, so that a reader of it never sees less than what was answered.

    `version` names its shape: another version than the one built means that it is rebuilt at start.
    `instants`, where a view has them, are the columns of its table, named as the view, that hold times.
    `apply` runs after the table lock, with tuple rows; `clear` empties it for a rebuild.
    """

    name: str
    version: int

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None: ...

    def clear(self, cursor: DbCursor) -> None: ...


class TableWriter(NamedTuple):
    """Where rows beside the facts go. `write` gets the rows of the whole group, in the order decided."""

    name: str
    order: int
    write: Callable[[DbCursor, list[Row]], None]


class Batch(NamedTuple):
    """Everything of one transaction, or of one savepoint in it."""

    facts: list[StoredEvent]
    changes: list[AppliedEvent]
    writes: list[tuple[TableWriter, Row]]

    def by_sink(self) -> list[tuple[TableWriter, list[Row]]]:
        """The rows of every sink, sinks in their order."""
        found: dict[str, tuple[TableWriter, list[Row]]] = {}
        for sink, row in self.writes:
            found.setdefault(sink.name, (sink, []))[1].append(row)
        return sorted(found.values(), key=lambda pair: pair[0].order)


def columns(rows: Sequence[Row]) -> list[list[Any]]:
    """Rows turned into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]


def _commands(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute(
        "INSERT INTO commands (command_id, fingerprint, events, aggregate)"
        " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::bytea[], %b::text[])",
        columns(rows),
        prepare=True,
    )


COMMANDS = TableWriter("commands", 50, _commands)
"""(command id, fingerprint, ids of its facts as bytes, aggregate): how a repeat of a command is answered."""


INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state, event_id, owner, ownerseq, recorded,"
    " own) SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::uuid[], %b::text[],"
    " %b::bigint[], %b::timestamptz[], %b::boolean[])"
)


def insert_facts(cursor: DbCursor, facts: Sequence[StoredEvent]) -> None:
    """Add rows to the log, all in one statement."""
    cursor.execute(INSERT, columns(facts), prepare=True)
