"""Calls to the outside world, out of the ledger: planned -> sent -> done | unknown | failed | superseded.

A call is marked sent before it is made. Who finds it still sent after the lease does not know whether it was made: it
is unknown then, and goes out again only where the vendor takes our key twice or can be asked first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from desk.deciding import Deciding
from desk.log.batch import Row, Sink
from desk.log.taking import where
from desk.ticket.event import Draft

State = Literal["planned", "sent", "done", "unknown", "failed", "superseded"]


class Planned(NamedTuple):
    """A call in hand. `id` is also the idempotency key for the vendor; `tries` counts earlier calls."""

    id: UUID
    aggregate: str
    kind: str
    client: str
    cause: UUID
    correlation: UUID
    traceparent: str
    data: bytes
    state: State
    tries: int


class Outcome(NamedTuple):
    """What became of a call.

    done and failed are final. retry: it was certainly not carried out and goes again, not before `after`.
    unknown: it may have been carried out. `vendor_key` is the vendor's id of what was made, `detail` a code for people.
    `result` is handed to the kind's `facts` and kept nowhere else.
    """

    what: Literal["done", "failed", "retry", "unknown"]
    vendor_key: str = ""
    detail: str = ""
    after: timedelta | None = None
    result: Any = None


class Withheld(NamedTuple):
    """A call that may not be made: `why` for people, and rows that are written together with its end."""

    why: str
    rows: tuple[tuple[Sink, Row], ...] = ()


Call = Callable[[Planned, Any], Awaitable[Outcome]]
Permit = Callable[[Planned, Any], Awaitable[Withheld | None]]
Facts = Callable[[Planned, Outcome, Any, Deciding], list[Draft]]


def nothing_to_record(_planned: Planned, _outcome: Outcome, _state: Any, _deciding: Deciding) -> list[Draft]:
    """For kinds whose outcome is no fact of the ticket."""
    return []


async def always_permitted(_planned: Planned, _state: Any) -> Withheld | None:
    """For kinds that no policy restricts."""
    return None


class EffectKind(NamedTuple):
    """How calls of one kind are made.

    `call` gets the intent and the aggregate's state re-read just before; `stale` tells that it is not wanted any more.
    `query` asks the vendor what became of an unknown one: done or failed settle it, retry lets it go out again, unknown
    asks again later. `repeatable`: the vendor takes the same key twice, so an unknown one simply goes out again.
    Without either an unknown call stays listed until a person settles it. `facts` are own facts about the outcome.
    `withheld` is asked before every call, also before a repeated one: a call that may not be made is superseded.
    """

    name: str
    call: Call
    stale: Callable[[Planned, Any], bool]
    query: Call | None = None
    repeatable: bool = False
    facts: Facts = nothing_to_record
    at_once: int = 4
    tries: int = 8
    timeout: float = 30.0
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=15)
    withheld: Permit = always_permitted

    def pause(self, tries: int) -> timedelta:
        """How long to wait before the next try."""
        return min(self.longest_pause, self.first_pause * int(2 ** min(tries, 20)))


async def called(call: Call, kind: EffectKind, planned: Planned, state: object) -> Outcome:
    """The call's outcome. What it raises and what takes too long leave open whether it was carried out."""
    try:
        async with asyncio.timeout(kind.timeout):
            return await call(planned, state)
    except TimeoutError:
        return Outcome("unknown", detail="timeout")
    except Exception as error:
        return Outcome("unknown", detail=where(error))
