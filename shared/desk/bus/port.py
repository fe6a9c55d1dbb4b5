"""The bus as the services see it. `kafka` and `local` implement it; nothing else differs between the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import Row
from desk.inbox.inbox_result import InboxResult
from desk.inbox.sources import RawRecord

Apply = Callable[[Sequence[RawRecord], Sequence[Row]], InboxResult]
"""(records, rows of `positions.POSITIONS`): blocks until all of it is durable. An exception: apply the same again."""


class Bus(Protocol):
    """Brings peers' facts to `apply` in each owner's order per aggregate, and own facts to the peers.

    At least once: the inbox drops what it has. Publishing reads `log.store.own_after(position)` in commit order.
    """

    async def start(self, log: EventLog, apply: Apply) -> None:
        """Begin to read, from the stored positions on."""

    async def stop(self) -> None:
        """End after the batch in hand."""

    async def lag(self) -> dict[str, int]:
        """For each source, how many positions are not yet applied or published: all 0 when nothing is under way."""

    async def live(self) -> str | None:
        """None while reading gets on, or rests because a server is away; else what is wrong, in a few words."""
