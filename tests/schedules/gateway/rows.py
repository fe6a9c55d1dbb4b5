"""Rows of the gateway's tables and of the ledger of calls, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

OPEN = frozenset({"planned", "sent", "unknown"})
INSTANT = timedelta(microseconds=1)
Place = tuple[str, str]
"""(instance, record)"""


class Effect(NamedTuple):
    """A row of `effects`."""

    id: UUID
    aggregate: str
    kind: str
    client: str
    cause: UUID
    correlation: UUID
    traceparent: str
    data: bytes
    next: datetime
    state: str = "planned"
    tries: int = 0
    doubted: bool = False
    pauses: int = 0
    refused: datetime | None = None
    holder: int | None = None
    leased: datetime | None = None
    waiting: bool = False
    ended: datetime | None = None


class Write(NamedTuple):
    """A row of `psa_writes`."""

    effect: UUID
    fields: Mapping[str, str | None]
    shown: int
    was: int
    made: datetime | None = None


class Overwrite(NamedTuple):
    """A row of `psa_written`."""

    place: Place
    field: str
    value: str | None
    flip: bool
    at: datetime


class Link(NamedTuple):
    """A row of `psa_records`."""

    ticket: str
    duplicate: bool = False
    gone: str | None = None


TABLES = ("effects", "reads", "writes", "overwrites", "revisions", "links", "notes")


class Rows:
    """The tables, in transactions. Values are never changed in place, so that a copy is a savepoint.

    `now` is the instant of the transaction and `instant` the next one, both later than every instant before. `made` are
    the records that a call of the transaction found written. `preferred` calls are taken first among those that are due
    since the same instant, whose order is undefined.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock, self.now = clock, clock()
        self._saved: Mapping[str, Any] | None = None
        self.made: list[str] = []
        self.preferred: Collection[UUID] = ()
        self.effects: dict[UUID, Effect] = {}
        self.reads: dict[Place, datetime] = {}
        self.writes: dict[Place, Write] = {}
        self.overwrites: dict[int, Overwrite] = {}
        self.revisions: dict[tuple[str, str, str], tuple[Any, ...]] = {}
        self.links: dict[Place, Link] = {}
        self.notes: dict[str, tuple[str, bool]] = {}

    def begin(self) -> None:
        """Begin a transaction."""
        self.now, self._saved, self.made = max(self._clock(), self.now + INSTANT), None, []

    def instant(self) -> datetime:
        """The database's clock."""
        self.now += INSTANT
        return self.now

    @property
    def changed(self) -> bool:
        """Whether the transaction has executed a statement that writes."""
        return self._saved is not None

    def save(self) -> None:
        """Keep the tables as they were before the first statement that writes."""
        if self._saved is None:
            self._saved = {name: dict(getattr(self, name)) for name in TABLES}

    def rollback(self) -> None:
        """Undo what the transaction has written."""
        for name, table in (self._saved or {}).items():
            setattr(self, name, table)
        self.made = []
