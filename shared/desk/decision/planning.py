"""Plans beside a decision's facts: outbound calls and timers, and what becomes of a call. Pure records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext


class Intent(NamedTuple):
    """A call to the outside that a fact asks for. `key` tells it from the fact's other calls of that kind.

    `client` is whose matter it is, for the switch that stops effects by client; `data` is opaque here.
    A service may have a unique index on rows that wait, so that a second such call is not planned beside them.
    """

    kind: str
    key: str = ""
    client: str = ""
    data: bytes = b""


State = Literal["planned", "sent", "done", "unknown", "failed", "superseded"]


class OutboundCall(NamedTuple):
    """A call in hand. `id` is also the idempotency key for the vendor; `tries` counts earlier calls.

    `doubted`: look it up before it is made, although it is planned. `pauses` counts the pauses since it was last made
    due by hand, by a wake or by a start. `refusing` is how long the vendor has refused it without a break.
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
        """It may have been made."""
        return self.doubted or self.state != "planned"


class Outcome(NamedTuple):
    """What became of a call.

    done and failed are final. retry: it was certainly not carried out and goes again, not before `after`. wait: the
    same, and for another call of ours, not for the vendor. refused: the vendor refused it and may take it later; it is
    looked up and goes again until the kind's patience ends. unknown: it may have been carried out.
    withheld: it may not be made any more, which is final too. `vendor_key` is the vendor's id of what was made,
    `detail` a code for people. `result` is handed to the kind's `facts` and kept nowhere else.
    """

    what: Literal["done", "failed", "retry", "wait", "refused", "unknown", "withheld"]
    vendor_key: str = ""
    detail: str = ""
    after: timedelta | None = None
    result: Any = None


class Arm(NamedTuple):
    """Let `timer` be due at `due` (aware). The same key again moves it. `data` comes back to the due handler."""

    timer: str
    key: str
    due: datetime
    data: bytes = b""


class Cancel(NamedTuple):
    """Forget a timer; without a key every timer of that name on the aggregate."""

    timer: str
    key: str | None = None


TimerChange = Arm | Cancel


class Due(NamedTuple):
    """A timer whose moment has come, by the database's time. `tries` counts earlier failures of its handler."""

    aggregate: str
    timer: str
    key: str
    due: datetime
    data: bytes
    tries: int = 0


Effects = Callable[[Event, Any], list[Intent]]
"""(fact, state right after it) -> calls to the outside that it asks for."""

Timers = Callable[[Event, Any], list[TimerChange]]
"""(fact, state right after it) -> timers to arm, move or cancel."""

DueHandler = Callable[[Due, Any, DecisionContext], list[Draft]]
"""(due timer, state now, deciding) -> own facts; [] when it is moot."""
