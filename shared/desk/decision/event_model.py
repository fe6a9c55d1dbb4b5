"""How facts become bytes and states, as the event store needs it; `event_codec` makes it from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, Self

from desk.contract.event import Event, Payload, Stream
from desk.decision.context import unkeyed

Seal = Callable[[Payload, str, Any], Payload]
"""(payload, subject, state of the aggregate) -> the payload with its sealed fields closed."""


Fingerprints = Callable[[Stream, str, Any], Callable[[str], str]]
"""(stream, subject, state of the aggregate) -> the function that names a text of it without telling it."""


Prepare = Callable[[Iterable[tuple[Stream, str, Any]]], None]
"""(stream, subject, state) of many aggregates: their texts are about to be sealed or named."""


def unprepared(_aggregates: Iterable[tuple[Stream, str, Any]]) -> None:
    """For tests without keys."""


def unsealed(payload: Payload, _subject: str, _state: Any) -> Payload:
    """For tests without sealed fields: the payload as it is."""
    return payload


def unkeyed_everywhere(_stream: Stream, _subject: str, _state: Any) -> Callable[[str], str]:
    """For tests without keys: a plain hash."""
    return unkeyed


class State(Protocol):
    """An aggregate's folded state. Immutable: `evolve` answers the next one and leaves this one as it is."""

    def evolve(self, event: Event, /) -> Self: ...


class EventModel(NamedTuple):
    """Facts to bytes and back, and the state before any fact.

    `decode` raises when bytes are no fact of a known type's shape. `stream_of` tells the stream that facts of a type
    travel on, None for a type that this release does not know. `version` changes whenever the same facts may fold to
    another state: older snapshots are then ignored. `fingerprints` gives what names texts without telling them;
    `prepare` may bring in at once what sealing many aggregates needs.
    """

    encode: Callable[[Event], bytes]
    decode: Callable[[bytes], Event]
    initial: Callable[[Stream], State]
    stream_of: Callable[[str], Stream | None]
    version: str
    seal: Seal = unsealed
    fingerprints: Fingerprints = unkeyed_everywhere
    prepare: Prepare = unprepared
