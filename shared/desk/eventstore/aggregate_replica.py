"""Replicas: the state of an aggregate as folded by one service, and their cache."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from desk.contract.event import Event, parse_vector
from desk.decision.event_model import EventModel
from desk.eventstore.rows import EventRow

CACHED = 1_000
"""Replicas in memory. A ticket of about twenty facts takes about 10 kB; more replicas made a large import no faster."""


class StreamHead(NamedTuple):
    """An owner's last fact on an aggregate: ownerseq, and the SHA-256 (hex) of its bytes (`prevhash` of the next)."""

    seq: int
    hash: str


NO_HEAD = StreamHead(0, "")


class Decided(NamedTuple):
    """The mark of an aggregate: owner -> ownerseq of all facts that own decisions on it were based on, and the
    recordedtime of the last of these decisions (no fact of their basis is later)."""

    vector: Mapping[str, int]
    until: datetime

    def after(self, event: Event) -> Decided:
        """The mark after one more own fact.

        Earlier releases put the vector of the aggregate decided on into facts of other aggregates. Such a vector does
        not end at the own fact before this one, and is ignored.
        """
        vector = parse_vector(event.basis)
        if vector.get(event.owner, 0) != event.ownerseq - 1:
            return self
        higher = {owner: seq for owner, seq in vector.items() if seq > self.vector.get(owner, 0)}
        return Decided({**self.vector, **higher}, max(self.until, event.recordedtime))


UNDECIDED = Decided({}, datetime.min.replace(tzinfo=UTC))


class Replica(NamedTuple):
    """State and heads of one aggregate after `version` facts. Immutable, so a decision that fails leaves no trace.

    `saved` is the version of the snapshot in the store; `incomplete`: a fact was skipped by hand. `decided` exceeds the
    heads only in a restored store that has recovered own facts, but not yet their causes.
    """

    state: Any
    version: int
    heads: Mapping[str, StreamHead]
    saved: int = 0
    incomplete: bool = False
    decided: Decided = UNDECIDED

    def head(self, owner: str) -> StreamHead:
        """The last fact of `owner`; `seq` 0 when there is none."""
        return self.heads.get(owner, NO_HEAD)

    def vector(self) -> dict[str, int]:
        """Owner -> ownerseq of everything folded in."""
        return {owner: head.seq for owner, head in self.heads.items()}

    def behind(self) -> dict[str, int]:
        """Owner -> ownerseq of facts that own decisions were based on and that are missing here."""
        return {owner: seq for owner, seq in self.decided.vector.items() if seq > self.head(owner).seq}

    def decided_with(self, event: Event) -> bool:
        """Whether an own decision was based on this fact already: then there is no second reaction to it."""
        vector, until = self.decided
        return event.ownerseq <= vector.get(event.owner, 0) and event.recordedtime <= until

    def after(self, event: Event, digest: str, own: bool = False) -> Replica:
        """This replica with one more fact folded in; the basis of an own fact moves the mark."""
        state = self.state.evolve(event)
        decided = self.decided.after(event) if own else self.decided
        heads = {**self.heads, event.owner: StreamHead(event.ownerseq, digest)}
        return Replica(state, self.version + 1, heads, self.saved, self.incomplete, decided)

    def passed(self, owner: str, head: StreamHead) -> Replica:
        """This replica after a skipped fact: its ownerseq is taken, its content is ignored."""
        heads = {**self.heads, owner: head}
        return Replica(self.state, self.version + 1, heads, self.saved, True, self.decided)


def digest(raw: bytes) -> str:
    """The hash that the owner's next fact carries as `prevhash`."""
    return sha256(raw).hexdigest()


def fold(start: Replica, rows: Iterable[EventRow], language: EventModel, own: str) -> Replica:
    """`start` with the stored facts after it. One pass, hashing only the last fact of each owner."""
    state, version, incomplete, decided = start.state, start.version, start.incomplete, start.decided
    last: dict[str, EventRow] = {}
    for row in rows:
        version, last[row.owner] = row.version, row
        if row.skipped:
            incomplete = True
        else:
            event = language.decode(row.raw)
            state = state.evolve(event)
            decided = decided.after(event) if row.owner == own else decided
    heads = {**start.heads, **{owner: StreamHead(row.ownerseq, digest(row.raw)) for owner, row in last.items()}}
    return Replica(state, version, heads, start.saved, incomplete, decided)


class Cache:
    """The most recently used replicas, at most `limit`. Thread-safe; holds committed facts only."""

    def __init__(self, limit: int = CACHED) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._found: OrderedDict[str, Replica] = OrderedDict()

    def get(self, aggregate: str) -> Replica | None:
        """The replica, when it is cached."""
        with self._lock:
            found = self._found.get(aggregate)
            if found is not None:
                self._found.move_to_end(aggregate)
            return found

    def put(self, replicas: Mapping[str, Replica]) -> None:
        """Store these, and drop the least recently used beyond the limit."""
        with self._lock:
            for aggregate, replica in replicas.items():
                self._found[aggregate] = replica
                self._found.move_to_end(aggregate)
            while len(self._found) > self._limit:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Drop everything, e.g. because the store was replaced."""
        with self._lock:
            self._found.clear()

    def drop(self, aggregates: Iterable[str]) -> None:
        """Drop these: another process wrote them, or the outcome of a transaction is unknown."""
        with self._lock:
            for aggregate in aggregates:
                self._found.pop(aggregate, None)
