"""The writes of one transaction: facts, the changes for views, and rows of other tables.

A `TableWriter` writes all its rows of a group with one statement; writers run in the order of `TableWriter.order`. A
service may have writers of its own (e.g. of receipts), whose rows join the facts' transaction.
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
    """One row of the table of facts. `version` counts 1, 2, 3 ... over all owners of the aggregate in this store.

    `topic` is the fact's type, prefixed with `SKIPPED` when the fact was skipped. `recorded` is the owner's
    recordedtime, `signature` the owner's (`desk.signing.signature`) if it is known.
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
    signature: bytes | None = None


SKIPPED = "skipped:"
"""The prefix of the type of a skipped fact: its ownerseq counts, its content is ignored."""


class AppliedEvent(NamedTuple):
    """One fact as views get it, with the aggregate's state right after it, and whether the fact is own."""

    aggregate: str
    event: Event
    state: Any
    own: bool


class View(Protocol):
    """A read model written in the transaction of the facts, so that a reader never sees less than commands have
    returned.

    `version` names its shape: when it differs from the one built, the view is rebuilt at start. `instants`, which is
    optional, are the timestamp columns of its table, which has the view's name. `apply` runs after the table lock, with
    tuple rows; `clear` empties it for a rebuild.
    """

    name: str
    version: int

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None: ...

    def clear(self, cursor: DbCursor) -> None: ...


class TableWriter(NamedTuple):
    """Writes rows of one table in the facts' transaction. `write` gets the rows of the group, in the order decided."""

    name: str
    order: int
    write: Callable[[DbCursor, list[Row]], None]


class Batch(NamedTuple):
    """All writes of one transaction, or of one savepoint in it."""

    facts: list[StoredEvent]
    changes: list[AppliedEvent]
    writes: list[tuple[TableWriter, Row]]

    def by_writer(self) -> list[tuple[TableWriter, list[Row]]]:
        """The rows of each writer; writers in their order."""
        found: dict[str, tuple[TableWriter, list[Row]]] = {}
        for writer, row in self.writes:
            found.setdefault(writer.name, (writer, []))[1].append(row)
        return sorted(found.values(), key=lambda pair: pair[0].order)


def columns(rows: Sequence[Row]) -> list[list[Any]]:
    """Transpose rows into the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]


def _commands(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute(
        "INSERT INTO commands (command_id, fingerprint, events, aggregate)"
        " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::bytea[], %b::text[])",
        columns(rows),
        prepare=True,
    )


COMMANDS = TableWriter("commands", 50, _commands)
"""(command id, fingerprint, ids of its facts as bytes, aggregate): answers a repeated command."""


INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state, event_id, owner, ownerseq, recorded,"
    " own, signature) SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::uuid[], %b::text[],"
    " %b::bigint[], %b::timestamptz[], %b::boolean[], %b::bytea[])"
)


def insert_facts(cursor: DbCursor, facts: Sequence[StoredEvent]) -> None:
    """Insert facts, all in one statement."""
    cursor.execute(INSERT, columns(facts), prepare=True)
