"""The language as the log needs it: how facts become bytes and states. The catalogue of `desk.ticket` in production."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self

from desk.ticket.event import Event, Payload, Stream

Seal = Callable[[Payload, str, Any], Payload]
"""(payload, subject, state of the aggregate) -> the payload with its sealed fields closed."""


class State(Protocol):
    """An aggregate's folded state. Immutable: `evolve` answers the next one and leaves this one as it is."""

    def evolve(self, event: Event, /) -> Self: ...


class Language(NamedTuple):
    """Facts to bytes and back, and the state before any fact.

    `decode` raises when bytes are no fact of a known type's shape. `known` tells the types that change a state.
    `version` changes whenever the same facts may fold to another state: older snapshots are then ignored.
    """

    encode: Callable[[Event], bytes]
    decode: Callable[[bytes], Event]
    initial: Callable[[Stream], State]
    seal: Seal
    known: Callable[[str], bool]
    version: str


def unsealed(payload: Payload, _subject: str, _state: Any) -> Payload:
    """For streams and tests without sealed fields: the payload as it is."""
    return payload
