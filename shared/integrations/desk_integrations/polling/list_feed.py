"""One feed that reads a list of changes since the last round, from its own cursor and in ascending order of ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from desk_integrations.cursors import FeedPosition, ListPass
from desk_integrations.instance_access import InstanceAccess
from desk_integrations.polling.fault_isolation import RecordFaultIsolation, RoundResult
from desk_integrations.vendor_errors import VendorAnswerInvalid, VendorError

CHUNK = 200
"""Records after which an unfinished pass is stored."""


class ListedRecord(Protocol):
    """A record of a list: its number in decimal, and the vendor's stamp of its last change."""

    @property
    def record(self) -> str: ...

    @property
    def changed_at(self) -> datetime | None: ...


L = TypeVar("L", bound=ListedRecord)
L_co = TypeVar("L_co", covariant=True, bound=ListedRecord)


class Listing(Protocol[L_co]):
    """A list in ascending order of numbers. Records that cannot be read are put into `refused`."""

    @property
    def refused(self) -> Sequence[VendorAnswerInvalid]: ...

    def __aiter__(self) -> AsyncIterator[L_co]: ...


class ListFeed:
    """The cursor of one feed of one instance, and its pass over the list."""

    def __init__(self, access: InstanceAccess, records: RecordFaultIsolation, feed: str) -> None:
        self._access, self._records = access, records
        self._rows, self._place = access.rows.cursors, (access.config.id, feed)

    @property
    def overlap(self) -> timedelta:
        """The time before the cursor from which changes are read again."""
        return timedelta(seconds=self._access.config.overlap)

    async def position(self) -> FeedPosition:
        """The feed's position; its beginning if it was never read."""
        return await self._access.query(lambda cursor: self._rows.position(cursor, *self._place))

    async def begin(self) -> tuple[FeedPosition, ListPass]:
        """The feed's position, and its interrupted pass or a new one."""
        return await self._access.query(lambda cursor: self._rows.begin_pass(cursor, *self._place, self._access.now()))

    async def keep(self, turn: ListPass) -> None:
        """Store the pass, so that it resumes from there after an interruption."""
        await self._access.query(lambda cursor: self._rows.save_pass(cursor, *self._place, turn))

    async def finish(self, turn: ListPass) -> None:
        """Store that the list was read to its end."""
        await self._access.query(lambda cursor: self._rows.finish_pass(cursor, *self._place, turn, self._access.now()))

    async def read(
        self,
        result: RoundResult,
        kind: str,
        list_since: Callable[[datetime | None, int], Listing[L]],
        read: Callable[[L], Awaitable[int]],
        first: datetime | None = None,
    ) -> None:
        """Read the changes of a list, resuming an interrupted pass.

        `list_since` lists what changed since a time (None: everything), with numbers greater than the given one. `read`
        records one record and returns its number of facts. `first` is the start of the first pass. VendorError ends the
        pass, which is stored.
        """
        before, turn = await self.begin()
        since = before.at or first
        listing = list_since(since - self.overlap if since else None, turn.after)
        count = 0
        try:
            async for record in listing:
                await self._records.each(result, kind, record.record, partial(read, record))
                turn, count = turn.seen(int(record.record), record.changed_at), count + 1
                if count % CHUNK == 0:
                    await self.keep(turn)
        except VendorError:
            await self.keep(turn)
            raise
        await self._records.refused(result, kind, listing.refused)
        await self.finish(turn)
