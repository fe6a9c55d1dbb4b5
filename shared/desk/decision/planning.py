"""Plans beside a decision's facts: outbound calls and timers, and what becomes of a call. Pure records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from desk.contract.event import Draft, Event
from desk.decision.context import AnyState, DecisionContext


class Intent(NamedTuple):
    """An outbound call that a fact requires. `key` distinguishes it from the fact's other calls of that kind.

    `client` is used by the kill switch; `data` is opaque here. A service may have a unique index on waiting rows, so
    that a second such call is not planned.
    """

    kind: str
    key: str = ""
    client: str = ""
    data: bytes = b""


State = Literal["planned", "sent", "done", "unknown", "failed", "superseded"]


class OutboundCall(NamedTuple):
    """A claimed call. `id` is also the idempotency key for the vendor; `tries` counts earlier calls.

    `doubted`: look it up before it is made, although it is planned. `pauses` counts the pauses since an operator, the
    end of another call or a start last made it due. `refusing` is how long the vendor has refused it without a break.
    """

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
    doubted: bool = False
    pauses: int = 0
    refusing: timedelta | None = None

    @property
    def uncertain(self) -> bool:
        """Whether it may have been made."""
        return self.doubted or self.state != "planned"


class Outcome(NamedTuple):
    """The outcome of a call.
    - done, failed: final.
    - retry: it was certainly not carried out, and is made again, not before `after`.
    - wait: as retry, but it waits for another call of ours, not for the vendor.
    - refused: the vendor refused it and may accept it later; it is looked up and made again until the kind's patience
      ends.
    - unknown: it may have been carried out.
    - withheld: it may not be made any more; final.

    `vendor_key` is the vendor's id of the record made, `detail` a code for people. `result` is passed to the kind's
    `facts` and stored nowhere else.
    """

    what: Literal["done", "failed", "retry", "wait", "refused", "unknown", "withheld"]
    vendor_key: str = ""
    detail: str = ""
    after: timedelta | None = None
    result: object = None


class Arm(NamedTuple):
    """Arm `timer` for `due` (aware datetime). The same key again moves it. `data` is passed to the due handler."""

    timer: str
    key: str
    due: datetime
    data: bytes = b""


class Cancel(NamedTuple):
    """Cancel a timer; without a key every timer of that name on the aggregate."""

    timer: str
    key: str | None = None


TimerChange = Arm | Cancel


class Due(NamedTuple):
    """A timer that is due by the database's time. `tries` counts earlier failures of its handler."""

    aggregate: str
    timer: str
    key: str
    due: datetime
    data: bytes
    tries: int = 0


Effects = Callable[[Event, AnyState], list[Intent]]
"""(fact, state right after it) -> outbound calls to plan."""

Timers = Callable[[Event, AnyState], list[TimerChange]]
"""(fact, state right after it) -> timers to arm, move or cancel."""

DueHandler = Callable[[Due, AnyState, DecisionContext], list[Draft]]
"""(due timer, present state, context) -> drafts of own facts; [] when nothing is to be decided any more."""
