"""What one service knows of one aggregate, and the cache of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from desk.log.language import Language
from desk.log.logged import Rest
from desk.ticket.event import Event

CACHED = 1_000
"""Replicas in memory. A ticket of some twenty facts takes about 10 kB; more of them made a large import no faster."""


class Head(NamedTuple):
    """An owner's last fact on an aggregate: ownerseq, and the SHA-256 (hex) of its bytes (`prevhash` of the next)."""

    seq: int
    hash: str


NO_HEAD = Head(0, "")


class Replica(NamedTuple):
    """State and heads of one aggregate after `version` facts. Immutable, so a decision that fails leaves no trace.

    `saved` is the version of the snapshot in the store; `incomplete` tells that a fact was skipped by hand.
    """

    state: Any
    version: int
    heads: Mapping[str, Head]
    saved: int = 0
    incomplete: bool = False

    def head(self, owner: str) -> Head:
        """The last fact of `owner`, sequence 0 when there is none."""
        return self.heads.get(owner, NO_HEAD)

    def vector(self) -> dict[str, int]:
        """Owner = ownerseq of everything folded in."""
        return {owner: head.seq for owner, head in self.heads.items()}

    def after(self, event: Event, digest: str) -> Replica:
        """This replica with one more fact folded in."""
        state = self.state.evolve(event)
        heads = {**self.heads, event.owner: Head(event.ownerseq, digest)}
        return Replica(state, self.version + 1, heads, self.saved, self.incomplete)

    def passed(self, owner: str, head: Head) -> Replica:
        """This replica with a fact's place taken and its content left out."""
        return Replica(self.state, self.version + 1, {**self.heads, owner: head}, self.saved, True)


def digest(raw: bytes) -> str:
    """The hash that the owner's next fact carries as `prevhash`."""
    return sha256(raw).hexdigest()


def fold(start: Replica, rows: Iterable[Rest], language: Language) -> Replica:
    """`start` with the stored facts after it. One pass, hashing only the last fact of each owner."""
    state, version, incomplete = start.state, start.version, start.incomplete
    last: dict[str, Rest] = {}
    for row in rows:
        version, last[row.owner] = row.version, row
        if row.skipped:
            incomplete = True
        else:
            state = state.evolve(language.decode(row.raw))
    heads = {**start.heads, **{owner: Head(row.ownerseq, digest(row.raw)) for owner, row in last.items()}}
    return Replica(state, version, heads, start.saved, incomplete)


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
        """Take these over and drop the least recently used beyond the limit."""
        with self._lock:
            for aggregate, replica in replicas.items():
                self._found[aggregate] = replica
                self._found.move_to_end(aggregate)
            while len(self._found) > self._limit:
                self._found.popitem(last=False)

    def drop(self, aggregates: Iterable[str]) -> None:
        """Forget these: another process wrote them, or the outcome of a transaction is unknown."""
        with self._lock:
            for aggregate in aggregates:
                self._found.pop(aggregate, None)
