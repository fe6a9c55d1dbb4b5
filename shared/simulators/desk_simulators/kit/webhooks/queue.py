"""Webhook messages by due time: lost, doubled, delayed and shuffled as the faults ask."""

import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from desk_simulators.kit.clock import stamp
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook for one registration, `callback_id`. `attempt` counts from 1."""

    callback_id: int
    message_id: str
    type: str
    action: str
    record_id: int
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1

    def again(self) -> "Message":
        return replace(self, attempt=self.attempt + 1)


class WebhookQueue:
    """`monotonic` gives the seconds by which due times are set; `scale` stretches delays."""

    def __init__(
        self,
        faults: Faults,
        ledger: Ledger,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        scale: float = 1.0,
    ) -> None:
        self.faults = faults
        self._ledger = ledger
        self._now = now
        self._monotonic = monotonic
        self._scale = scale
        self._heap: list[tuple[float, int, Message]] = []
        self._order = itertools.count()
        self.wake: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self._heap)

    def send(self, message: Message) -> None:
        """Queue the copies of the message that the faults leave; a lost one is only recorded."""
        delays = self.faults.callback_delays()
        if not delays:
            self.record(message, None, "lost")
        for delay in delays:
            self.put(message, delay)

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
            at=stamp(self._now()),
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
