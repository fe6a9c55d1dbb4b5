"""Outbound calls and their states: planned -> sent -> done | unknown | failed | superseded.

A call is marked sent before it is made. A worker that finds it still sent after the lease does not know whether it was
made: it becomes unknown, and is made again only where the vendor accepts our key twice or can be queried first. A
planned call is doubted, and so looked up first as well, when an earlier process planned it (the store may have been
restored since), when a refusal was no definite answer, and when an operator retries a failed one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple

from desk.contract.event import Draft
from desk.decision.context import DecisionContext
from desk.decision.planning import OutboundCall, Outcome
from desk.eventstore.errors import error_location
from desk.eventstore.table_writer import Row, TableWriter


class Withheld(NamedTuple):
    """A call that may not be made: `why` for people, and rows that are written with its end. `result` is passed to the
    kind's `facts`; None when the end is no fact of the ticket.
    """

    why: str
    rows: tuple[tuple[TableWriter, Row], ...] = ()
    result: object = None


# Any: each kind takes the state of its own aggregate, and a list of kinds has no type that fits them all
KindState = Any
Call = Callable[[OutboundCall, KindState], Awaitable[Outcome]]
Permit = Callable[[OutboundCall, KindState], Awaitable[Withheld | None]]
Ready = Callable[[OutboundCall, KindState], Awaitable[str | None]]
Facts = Callable[[OutboundCall, Outcome, KindState, DecisionContext], list[Draft]]


async def always_ready(_planned: OutboundCall, _state: object) -> str | None:
    """For kinds whose calls wait for no other call."""
    return None


def nothing_to_record(
    _planned: OutboundCall, _outcome: Outcome, _state: object, _deciding: DecisionContext
) -> list[Draft]:
    """For kinds whose outcome is no fact of the ticket."""
    return []


async def always_permitted(_planned: OutboundCall, _state: object) -> Withheld | None:
    """For kinds that no policy restricts."""
    return None


class OutboundCallKind(NamedTuple):
    """The behaviour of one kind of call.

    `vendor` names the system that its calls go to in operations events: the id of an instance, or `psa`.

    `call` gets the planned call and the aggregate's state, re-read just before. `stale`: the call is not needed any
    more. `query` looks an uncertain call up at the vendor: done and failed end it, wait and retry let it be made again,
    unknown and refused repeat the query later. `repeatable`: the vendor accepts the same key twice, so an unknown call
    is simply made again. Without either, an unknown call stays listed until a person resolves it. `facts` are own facts
    about the outcome. `ready` names the reason to wait, before the call is marked sent: a wait is no try. `patience`
    limits how long a vendor may refuse without a break; `tries`, if set, how often it may postpone a call. Calls to a
    vendor that does not answer are never given up. `withheld` is checked before every call, also a repeated one: a call
    that may not be made is superseded.
    """

    name: str
    vendor: str
    call: Call
    stale: Callable[[OutboundCall, KindState], bool]
    query: Call | None = None
    repeatable: bool = False
    facts: Facts = nothing_to_record
    at_once: int = 4
    tries: int | None = None
    timeout: float = 30.0
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=15)
    patience: timedelta = timedelta(days=3)
    ready: Ready = always_ready
    withheld: Permit = always_permitted

    @property
    def resolvable(self) -> bool:
        """Whether an unknown call can be resolved without a person."""
        return self.repeatable or self.query is not None

    def pause(self, pauses: int, first: timedelta | None = None) -> timedelta:
        """The pause after so many earlier ones; grows exponentially from `first`."""
        start = self.first_pause if first is None else first
        return min(self.longest_pause, start * int(2 ** min(pauses, 20)))


async def called(call: Call, kind: OutboundCallKind, planned: OutboundCall, state: object) -> Outcome:
    """Make the call; returns its outcome, which is unknown after an exception or a time-out."""
    try:
        async with asyncio.timeout(kind.timeout):
            return await call(planned, state)
    except TimeoutError:
        return Outcome("unknown", detail="timeout")
    except Exception as error:
        return Outcome("unknown", detail=error_location(error))
