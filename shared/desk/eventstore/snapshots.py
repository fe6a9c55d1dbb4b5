"""Loads replicas: the snapshot, then the facts after it. Any number of aggregates in two statements."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

import msgspec
import structlog

from desk.contract.event import format_vector, parse_vector
from desk.decision.event_model import EventModel
from desk.eventstore.aggregate_id import split
from desk.eventstore.aggregate_replica import UNDECIDED, Decided, Replica, StreamHead, fold
from desk.eventstore.reads import Reads
from desk.eventstore.rows import EventRow, SnapshotRow
from desk.eventstore.table_writer import DbCursor, Row, TableWriter, columns

EVERY = 64
MICROSECOND = timedelta(microseconds=1)

UPSERT = (
    "INSERT INTO snapshots (aggregate, version, code, heads, state)"
    " SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[])"
    " ON CONFLICT (aggregate) DO UPDATE SET version = excluded.version, code = excluded.code, heads = excluded.heads,"
    " state = excluded.state"
)
log = structlog.get_logger(__name__)
_HEADS = msgspec.msgpack.Decoder(dict[str, StreamHead])
_DECIDED = ""
"""The key of the mark among a snapshot's heads (its time in microseconds, its vector); no owner has this name. A row
without it is ignored."""
_DECODERS: dict[type[Any], msgspec.msgpack.Decoder[Any]] = {}
_BUILDING = threading.Lock()


def _write(cursor: DbCursor, rows: list[Row]) -> None:
    last = list({row[0]: row for row in rows}.values())
    cursor.execute(UPSERT, columns(last), prepare=True)


SNAPSHOTS = TableWriter("snapshots", 80, _write)


class Loader:
    """Loads replicas of the service `own`. Snapshots are written every `every` facts (0: never), for states that
    msgspec can encode."""

    def __init__(self, language: EventModel, own: str, every: int = EVERY) -> None:
        self._language, self._own, self._every = language, own, every
        self._unwritable: set[type[Any]] = set()

    def empty(self, aggregate: str) -> Replica:
        """The aggregate before its first fact."""
        return Replica(self._language.initial(split(aggregate)[0]), 0, {})

    def fold(self, aggregate: str, rows: Iterable[EventRow]) -> Replica:
        """The aggregate after exactly these facts."""
        return fold(self.empty(aggregate), rows, self._language, self._own)

    def load(self, reads: Reads, aggregates: Sequence[str]) -> dict[str, Replica]:
        """Each of `aggregates` as stored; one without facts is empty."""
        found = {aggregate: self.empty(aggregate) for aggregate in aggregates}
        if self._every:
            for saved in reads.snapshots(aggregates, self._language.version):
                found[saved.aggregate] = self._thaw(saved, found[saved.aggregate])
        return self.catch_up(reads, found)

    def catch_up(self, reads: Reads, replicas: dict[str, Replica]) -> dict[str, Replica]:
        """These replicas with the later facts of the store folded in."""
        rows = reads.events_after({aggregate: replica.version for aggregate, replica in replicas.items()})
        for aggregate, later in groupby(rows, key=lambda row: row.aggregate):
            replicas[aggregate] = fold(replicas[aggregate], later, self._language, self._own)
        return replicas

    def snapshots(self, replicas: Iterable[tuple[str, Replica]]) -> list[tuple[str, Replica, Row]]:
        """Snapshot rows for replicas whose last snapshot is `every` facts old, each with the updated replica."""
        due = [(a, r) for a, r in replicas if self._every and r.version - r.saved >= self._every]
        return [frozen for aggregate, replica in due if (frozen := self._freeze(aggregate, replica))]

    def _freeze(self, aggregate: str, replica: Replica) -> tuple[str, Replica, Row] | None:
        kind = type(replica.state)
        if kind in self._unwritable or replica.incomplete:
            return None
        try:
            state = msgspec.msgpack.encode(replica.state)
            if _decoder(kind).decode(state) != replica.state:
                raise TypeError("reads back as another state")
        except TypeError:
            self._unwritable.add(kind)
            return None
        except Exception as error:  # e.g. a time that msgpack cannot encode, in this aggregate only
            log.warning("no snapshot of an aggregate", error=type(error).__name__)
            return None
        heads = msgspec.msgpack.encode({**replica.heads, _DECIDED: _frozen(replica.decided)})
        row = (aggregate, replica.version, self._language.version, heads, state)
        return aggregate, replica._replace(saved=replica.version), row

    def _thaw(self, saved: SnapshotRow, empty: Replica) -> Replica:
        """The replica of a snapshot; `empty` when the snapshot cannot be read, so that all facts are folded."""
        try:
            heads = _HEADS.decode(saved.heads)
            decided = heads.pop(_DECIDED, None)
            if decided is None:
                return empty
            state = _decoder(type(empty.state)).decode(saved.state)
            return Replica(state, saved.version, heads, saved.version, decided=_thawed(decided))
        except Exception as error:
            log.warning("a snapshot cannot be read", error=type(error).__name__)
            return empty


def _decoder(kind: type[object]) -> msgspec.msgpack.Decoder[Any]:
    """The decoder of a type of state. msgspec describes a type at its first use and publishes the description before it
    is complete: two threads that do so at once, e.g. of five services in one process, crash the interpreter."""
    if kind not in _DECODERS:
        with _BUILDING:
            _DECODERS.setdefault(kind, msgspec.msgpack.Decoder(kind))
    return _DECODERS[kind]


def _frozen(decided: Decided) -> StreamHead:
    return StreamHead((decided.until - UNDECIDED.until) // MICROSECOND, format_vector(decided.vector))


def _thawed(saved: StreamHead) -> Decided:
    return Decided(parse_vector(saved.hash), UNDECIDED.until + saved.seq * MICROSECOND)
