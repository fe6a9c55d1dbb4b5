"""The PSA's change log: states of records between two rounds. A help where it can be read, never a condition."""

from __future__ import annotations

import structlog

from desk_connectors.connectwise.records import BoardStatus, ChangeLogEntry
from desk_connectors.http import VendorError
from desk_intake.psa.connectwise.history import logged
from desk_intake.psa.log_access import Desk
from desk_intake.psa.port import Seen
from desk_intake.psa.reconcile.cursors import Place, last_place, save
from desk_intake.psa.reconcile.feeds import Feeds

FEED = "changelog"
log = structlog.get_logger(__name__)
States = dict[str, list[Seen]]


class ChangeLog:
    """The change log of one instance."""

    def __init__(self, desk: Desk, feeds: Feeds) -> None:
        self._desk, self._feeds, self._instance = desk, feeds, desk.config.id

    async def between(self, *, first: bool, patient: bool) -> tuple[States, int | None]:
        """States by record since the last round, and the id up to which the log was read.

        The first round that can read the log only notes where it ends: its history is not read. Nothing and None
        where it could never be read.
        """
        found: States = {}
        before = await self._desk.query(lambda cursor: last_place(cursor, self._instance, FEED))
        last = before.position if before else None
        if FEED in self._desk.config.skip or (patient and self._feeds.pausing(FEED)):
            return found, last
        client = self._desk.link.client
        try:
            if first or last is None:
                last = max(last or 0, await client.last_change_id())
            else:
                async for entry in client.change_log(last):
                    last = max(last, entry.id)
                    await self._state(entry, found)
        except VendorError as error:
            await self._feeds.failed(FEED, error)
        else:
            await self._feeds.turned(FEED)
        return found, last

    async def of(self, record: str) -> list[Seen]:
        """Every state that the log has of one record; none where it cannot be read."""
        found: States = {}
        if FEED in self._desk.config.skip or self._feeds.pausing(FEED):
            return []
        try:
            async for entry in self._desk.link.client.change_log(ticket_id=int(record)):
                await self._state(entry, found)
        except VendorError as error:
            log.info("the change log of a record cannot be read", record=record, error=type(error).__name__)
        return found.get(record, [])

    async def read_up_to(self, last: int | None) -> None:
        """What the log shows up to this id is recorded, or its records are remembered for later."""
        if last is None:
            return
        await self._desk.query(lambda cursor: save(cursor, self._instance, FEED, Place(None, last)))

    async def _state(self, entry: ChangeLogEntry, found: States) -> None:
        if entry.board_id is None:
            return
        names = await self._names(entry.board_id)
        seen = logged(entry, names, self._desk.statuses, self._desk.config, await self._desk.link.bots())
        if seen is not None:
            found.setdefault(seen.record, []).append(seen)

    async def _names(self, board: int) -> dict[str, BoardStatus]:
        """The statuses of a board by name. A board whose statuses our role may not see is left out alone."""
        feed = f"board-{board}-statuses"
        if self._feeds.pausing(feed):
            return {}
        try:
            found = {status.name: status for status in await self._desk.link.statuses(board)}
        except VendorError as error:
            await self._feeds.failed(feed, error)
            return {}
        await self._feeds.passed(feed)
        return found
