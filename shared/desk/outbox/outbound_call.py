"""Calls to the outside world, out of the ledger: planned -> sent -> done | unknown | failed | superseded.

A call is marked sent before it is made. Who finds it still sent after the lease does not know whether it was made: it
is unknown then, and goes out again only where the vendor takes our key twice or can be asked first. A planned call is
doubted, and so looked up as well, when an earlier process planned it (the store may have been restored since), when a
refusal was no definite answer, and when an operator lets a failed one go out again.
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
    """A call that may not be made: `why` for people, and rows that are written together with its end. `result`: for
    the kind's `facts`; None where that is no fact of the ticket.
    """

    why: str
    rows: tuple[tuple[TableWriter, Row], ...] = ()
    result: Any = None


Call = Callable[[OutboundCall, Any], Awaitable[Outcome]]
Permit = Callable[[OutboundCall, Any], Awaitable[Withheld | None]]
Ready = Callable[[OutboundCall, Any], Awaitable[str | None]]
Facts = Callable[[OutboundCall, Outcome, Any, DecisionContext], list[Draft]]


async def always_ready(_planned: OutboundCall, _state: Any) -> str | None:
    """For kinds whose calls wait for no other call."""
    return None


def nothing_to_record(
    _planned: OutboundCall, _outcome: Outcome, _state: Any, _deciding: DecisionContext
) -> list[Draft]:
    """For kinds whose outcome is no fact of the ticket."""
    return []


async def always_permitted(_planned: OutboundCall, _state: Any) -> Withheld | None:
    """For kinds that no policy restricts."""
    return None


class OutboundCallKind(NamedTuple):
    """How calls of one kind are made.

    `call` gets the intent and the aggregate's state re-read just before; `stale` tells that it is not wanted any more.
    `query` asks the vendor what became of an uncertain one: done or failed end it, wait and retry let it go out again,
    unknown and refused ask again later. `repeatable`: the vendor takes the same key twice, so an unknown one simply
    goes out again. Without either an unknown call stays listed until a person decides. `facts` are own facts about the
    outcome. `ready` names what the call has to wait for, before it is marked sent: a wait is no try.
    `patience` bounds how long a vendor may refuse without a break; `tries`, where there is one, how often it may put
    a call off. A vendor that does not answer is never given up.
    `withheld` is asked before every call, also before a repeated one: a call that may not be made is superseded.
    """

    name: str
    call: Call
    stale: Callable[[OutboundCall, Any], bool]
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
        """Whether an unknown call is cleared up without a person."""
        return self.repeatable or self.query is not None

    def pause(self, pauses: int, first: timedelta | None = None) -> timedelta:
        """How long to wait after so many pauses, growing from `first`."""
        start = self.first_pause if first is None else first
        return min(self.longest_pause, start * int(2 ** min(pauses, 20)))


async def called(call: Call, kind: OutboundCallKind, planned: OutboundCall, state: object) -> Outcome:
    """The call's outcome. What it raises and what takes too long leave open whether it was carried out."""
    try:
        async with asyncio.timeout(kind.timeout):
            return await call(planned, state)
    except TimeoutError:
        return Outcome("unknown", detail="timeout")
    except Exception as error:
        return Outcome("unknown", detail=error_location(error))
