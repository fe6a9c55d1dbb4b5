"""Callbacks that wait for their turn: changes come in, messages go out by due time."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from desk_simulators.connectwise.callbacks.levels import listens
from desk_simulators.connectwise.callbacks.payload import callback_address, callback_body, sign
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.ledger import Ledger
from desk_simulators.connectwise.resources import RESOURCES
from desk_simulators.connectwise.state import Change, PsaState
from desk_simulators.connectwise.table import Record


@dataclass(frozen=True, slots=True)
class Message:
    """One callback for one registration. `attempt` counts from 1."""

    callback_id: int
    message_id: str
    type: str
    action: str
    record_id: int
    url: str
    body: bytes
    signature: str
    attempt: int = 1

    def again(self) -> "Message":
        return replace(self, attempt=self.attempt + 1)


class CallbackQueue:
    """Listens to the state. `monotonic` tells the seconds by which due times are set; `scale` stretches delays."""

    def __init__(
        self,
        state: PsaState,
        faults: Faults,
        ledger: Ledger,
        *,
        monotonic: Callable[[], float],
        message_ids: Iterator[UUID],
        scale: float,
    ) -> None:
        self._state = state
        self._faults = faults
        self._ledger = ledger
        self._monotonic = monotonic
        self._scale = scale
        self._heap: list[tuple[float, int, Message]] = []
        self._order = itertools.count()
        self._message_ids = message_ids
        self.wake: Callable[[], None] = lambda: None
        state.listeners.append(self)

    def __len__(self) -> int:
        return len(self._heap)

    def __call__(self, change: Change) -> None:
        kind = RESOURCES[change.table].callback
        if kind is None or change.quiet:
            return
        for entry in self._state.table("callback").find("type", kind):
            if self._wants(entry, change):
                self._enqueue(entry, change)

    def _wants(self, entry: Record, change: Change) -> bool:
        own = entry.get("isSelfSuppressedFlag") and entry.get("memberId") == change.actor.member_id
        return not (own or entry.get("inactiveFlag")) and listens(entry, change.after or change.before or {})

    def _enqueue(self, entry: Record, change: Change) -> None:
        message = self._message(entry, change)
        delays = self._faults.callback_delays()
        if not delays:
            self.record(message, None, "lost")
        for delay in delays:
            self.put(message, delay)

    def _message(self, entry: Record, change: Change) -> Message:
        instance = self._state.instance
        message_id = str(next(self._message_ids))
        codebase = self._faults.codebase or instance.codebase
        body = callback_body(instance, codebase, entry, change, message_id)
        url = callback_address(entry["url"], change.record_id, change.action)
        signature = sign(instance.signing_key, body)
        return Message(entry["id"], message_id, entry["type"], change.action, change.record_id, url, body, signature)

    def put(self, message: Message, delay: float) -> None:
        due = self._monotonic() + delay * self._scale
        heapq.heappush(self._heap, (due, next(self._order), message))
        self.wake()

    def next_due(self) -> float | None:
        """Seconds until the next message is due (0 when it is overdue), None when none waits."""
        return max(0.0, self._heap[0][0] - self._monotonic()) if self._heap else None

    def pop(self) -> Message | None:
        """The message that is due first, whether or not its time has come."""
        return heapq.heappop(self._heap)[2] if self._heap else None

    def record(self, message: Message, status: int | None, outcome: str, reason: str = "") -> None:
        self._ledger.attempted(
            at=self._state.stamp(),
            callback_id=message.callback_id,
            message_id=message.message_id,
            type=message.type,
            action=message.action,
            record_id=message.record_id,
            url=message.url,
            attempt=message.attempt,
            status=status,
            outcome=outcome,
            reason=reason,
        )
