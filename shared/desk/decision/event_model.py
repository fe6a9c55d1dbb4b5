"""The event model of the event store: codec, initial states, sealing. `event_codec` binds the catalogue to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, Self

from desk.contract.event import Event, Payload, Stream
from desk.decision.context import unkeyed

Seal = Callable[[Payload, str, object], Payload]
"""(payload, subject, state of the aggregate) -> the payload with its sealed fields encrypted."""


Fingerprints = Callable[[Stream, str, object], Callable[[str], str]]
"""(stream, subject, state of the aggregate) -> the function that makes fingerprints of its texts."""


Prepare = Callable[[Iterable[tuple[Stream, str, object]]], None]
"""(stream, subject, state) of many aggregates whose texts are about to be sealed or fingerprinted."""


def unprepared(_aggregates: Iterable[tuple[Stream, str, object]]) -> None:
    """Do nothing, for tests without keys."""


def unsealed(payload: Payload, _subject: str, _state: object) -> Payload:
    """The payload unchanged, for tests without sealed fields."""
    return payload


def unkeyed_everywhere(_stream: Stream, _subject: str, _state: object) -> Callable[[str], str]:
    """A plain hash, for tests without keys."""
    return unkeyed


class State(Protocol):
    """An aggregate's folded state. Immutable: `evolve` returns the next one."""

    def evolve(self, event: Event, /) -> Self: ...


class EventModel(NamedTuple):
    """Codec of facts, and the states before the first fact.

    `decode` raises when bytes are no fact of a known type. `stream_of` maps a type to its stream, None for a type that
    this release does not know. `version` changes whenever the same facts may fold to another state: older snapshots are
    then ignored. `fingerprints` makes keyed hashes of texts; `prepare` may load in one query the keys that sealing many
    aggregates needs.
    """

    encode: Callable[[Event], bytes]
    decode: Callable[[bytes], Event]
    initial: Callable[[Stream], State]
    stream_of: Callable[[str], Stream | None]
    version: str
    seal: Seal = unsealed
    fingerprints: Fingerprints = unkeyed_everywhere
    prepare: Prepare = unprepared
