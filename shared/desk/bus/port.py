"""The port of the bus. `kafka` and `local` implement it; services do not distinguish them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import Row
from desk.inbox.inbox_result import InboxResult
from desk.inbox.ports import RawRecord

Apply = Callable[[Sequence[RawRecord], Sequence[Row]], InboxResult]
"""(records, rows of `positions.POSITIONS`): blocks until all is durable. After an exception apply the same again."""


class Bus(Protocol):
    """Delivers peers' facts to `apply`, in each owner's order per aggregate, and own facts to the peers.

    Delivery is at least once: the inbox drops duplicates. Publishing reads `log.store.own_after(position)` in commit
    order.
    """

    async def start(self, log: EventLog, apply: Apply) -> None:
        """Start reading from the stored positions."""

    async def stop(self) -> None:
        """Stop after the present batch."""

    async def lag(self) -> dict[str, int]:
        """By source the number of positions not yet applied or published: all 0 when nothing is in transit."""

    async def live(self) -> str | None:
        """None while reading makes progress, or waits for an unavailable server; else the problem in a few words."""
