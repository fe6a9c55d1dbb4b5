"""Reads the PSA's change log for states of records between two rounds. Optional: rounds work without it."""

from __future__ import annotations

import structlog

from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.mapping.ticket_mapping import logged_state
from desk_intake.psa.observed_record_types import ObservedTicket
from desk_integrations.cursors import FeedPosition
from desk_integrations.kinds.psa import PsaHistoryEntry
from desk_integrations.polling.feeds import Feeds
from desk_integrations.vendor_errors import VendorError

FEED = "changelog"
log = structlog.get_logger(__name__)
States = dict[str, list[ObservedTicket]]


class ChangeLog:
    """The change log of one instance."""

    def __init__(self, access: LogAccess, feeds: Feeds) -> None:
        self._access, self._feeds, self._instance = access, feeds, access.config.id
        self._rows = access.rows.cursors

    async def between(self, *, first: bool, skip_paused: bool) -> tuple[States, int | None]:
        """States by record since the last round, and the id up to which the log was read.

        The first round that can read the log stores only its end; earlier history is not read. Empty and None if it
        could never be read.
        """
        found: States = {}
        before = await self._access.query(lambda cursor: self._rows.stored_position(cursor, self._instance, FEED))
        last = before.position if before else None
        if FEED in self._access.config.skip or (skip_paused and self._feeds.pausing(FEED)):
            return found, last
        psa = self._access.connection.psa
        try:
            if first or last is None:
                last = max(last or 0, await psa.last_position())
            else:
                async for entry in psa.history(after=last):
                    last = max(last, entry.position)
                    await self._state(entry, found)
        except VendorError as error:
            await self._feeds.failed(FEED, error)
        else:
            await self._feeds.succeeded(FEED)
        return found, last

    async def of(self, record: str) -> list[ObservedTicket]:
        """Every state that the log has of one record; none if it cannot be read."""
        found: States = {}
        if FEED in self._access.config.skip or self._feeds.pausing(FEED):
            return []
        try:
            async for entry in self._access.connection.psa.history(ticket=record):
                await self._state(entry, found)
        except VendorError as error:
            log.info("the change log of a record cannot be read", record=record, error=type(error).__name__)
        return found.get(record, [])

    async def read_up_to(self, last: int | None) -> None:
        """Store that entries up to this id are recorded, or their records listed for a revisit."""
        if last is None:
            return
        place = FeedPosition(None, last)
        await self._access.query(lambda cursor: self._rows.save_position(cursor, self._instance, FEED, place))

    async def _state(self, entry: PsaHistoryEntry, found: States) -> None:
        if entry.board is None:
            return
        status = entry.status or (await self._names(entry.board)).get(entry.status_name)
        if status is None:
            return
        seen = logged_state(entry, status, await self._access.mapping_context())
        if seen is not None:
            found.setdefault(seen.record, []).append(seen)

    async def _names(self, board: str) -> dict[str, str]:
        """The statuses of a board by name; empty if our role may not see them, which affects that board only."""
        feed = f"board-{board}-statuses"
        if self._feeds.pausing(feed):
            return {}
        try:
            found = {status.name: status.status for status in await self._access.connection.statuses(board)}
        except VendorError as error:
            await self._feeds.failed(feed, error)
            return {}
        await self._feeds.recovered(feed)
        return found
