"""Works off receipts: has every record read that a callback named, once at a time, until its changes are recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from desk.eventstore.connections.lease_holders import Taker
from desk.eventstore.errors import LogError, StoreUnavailable, error_location
from desk.eventstore.table_writer import DbCursor
from desk.eventstore.unit_of_work.commit_notifier import wait_or_timeout
from desk.fault_points import fault_point
from desk.service.parts import Parts
from desk_integrations.instance_access import RecordBusy
from desk_integrations.receipts.rows import Receipt
from desk_integrations.rows import IntegrationRows
from desk_integrations.vendor_errors import VendorError, VendorRateLimited, VendorUnavailable

AT_ONCE = 8
EVERY = 0.5
LONGEST = timedelta(minutes=15)
SOON = timedelta(seconds=1)
CALLS = 300.0
"""Seconds beyond the usual limit that reading one batch of records may take."""
log = structlog.get_logger(__name__)


class RecordReader(Protocol):
    """Reads the records of one instance."""

    async def read(self, receipts: Sequence[Receipt]) -> bool:
        """Read the record that these receipts name, and record its changes.

        Returns whether the receipts were marked with its facts (`ReceiptRows.answered`). Raises RecordBusy,
        VendorError, or an error of the store; then the receipts stay unread.
        """
        ...

    def parks(self, kind: str) -> bool:
        """Whether an unreadable record of this type is listed for a revisit and its receipts end. Callbacks of a type
        that our role may not see must not fill the queue."""
        ...


class ReceiptWorker:
    """Works off the receipts of all instances while it runs; `turn` takes one batch of due ones."""

    def __init__(
        self,
        readers: Mapping[str, RecordReader],
        rows: IntegrationRows,
        parts: Parts,
        wake: asyncio.Event,
        at_once: int = AT_ONCE,
    ) -> None:
        self._readers, self._rows, self._wake, self._at_once = readers, rows, wake, at_once
        self._store, self._tracing = parts.service.log.store, parts.http_context.tracing
        self._presence = parts.service.log.presence
        self._taker = Taker(token=self._presence.id)
        self._freeing = parts.service.log.loops.task("receipts leases", self._free_ended)
        # a record is read with several calls, each with its own deadline
        self._loop = parts.service.log.loops.task("receipts", self._paced, extra=CALLS)

    async def start(self) -> None:
        self._loop.start()
        self._freeing.start()

    async def stop(self) -> None:
        """Stop after the current records."""
        self._wake.set()
        await self._loop.stop()
        await self._freeing.stop()

    async def free_ended(self) -> None:
        """Take over the receipts of processes that have ended."""
        found = await asyncio.to_thread(self._presence.free, self._rows.receipts.in_hand)
        if found:
            log.warning("receipts of an ended process are read", count=found)
            self._wake.set()

    async def turn(self) -> int:
        """Read a batch of records whose receipts are due; returns the number of records."""
        try:
            groups = await asyncio.to_thread(self._take)
        except StoreUnavailable:
            self._taker.lost()
            raise
        if groups:
            fault_point("receipt taken")
        await asyncio.gather(*map(self._one, groups))
        return len(groups)

    async def drain(self) -> int:
        """Read until nothing is due; returns the number of records."""
        total = 0
        while found := await self.turn():
            total += found
        return total

    async def _one(self, receipts: Sequence[Receipt]) -> None:
        try:
            with self._tracing.continue_trace(receipts[-1].traceparent, "read receipt", instance=receipts[-1].instance):
                await self._read(receipts)
            fault_point("receipt read")
        except RecordBusy as busy:
            await self._leave(receipts, SOON, busy.reason, tried=0)
        except StoreUnavailable:
            await self._leave(receipts, SOON, "the database was unavailable", tried=0)
        except (VendorUnavailable, VendorRateLimited) as away:
            pause = timedelta(seconds=away.retry_after or 0)
            await self._leave(receipts, max(pause, _pause(receipts[0].tries)), type(away).__name__)
        except LogError as error:
            await self._leave(receipts, _pause(receipts[0].tries), str(error)[:200])
        except VendorError as error:
            await self._unreadable(receipts, str(error)[:200], getattr(error, "status", None) == 401)
        except Exception as error:
            log.error("a record cannot be read", type=receipts[0].type, error=error_location(error))
            await self._unreadable(receipts, error_location(error), False)

    async def _unreadable(self, receipts: Sequence[Receipt], detail: str, credentials: bool) -> None:
        """List the record for a revisit and end its receipts, or defer them: always where credentials are refused."""
        first = receipts[0]
        if credentials or not self._readers[first.instance].parks(first.type):
            return await self._leave(receipts, _pause(first.tries), detail)
        ids = [receipt.id for receipt in receipts]

        def hand_over(cursor: DbCursor) -> None:
            self._rows.revisits.mark_failed(cursor, first.instance, first.type, first.record, detail)
            self._rows.receipts.mark_read(cursor, ids, detail)

        try:
            await asyncio.to_thread(self._store.execute, hand_over)
        except StoreUnavailable:
            self._taker.lost()
        return None

    async def _read(self, receipts: Sequence[Receipt]) -> None:
        if await self._readers[receipts[0].instance].read(receipts):
            return
        ids = [receipt.id for receipt in receipts]
        await asyncio.to_thread(self._store.execute, lambda cursor: self._rows.receipts.mark_read(cursor, ids))

    async def _leave(self, receipts: Sequence[Receipt], pause: timedelta, detail: str, tried: int = 1) -> None:
        ids = [receipt.id for receipt in receipts]
        log.info("receipts wait", type=receipts[0].type, tries=receipts[0].tries + tried)
        try:
            await asyncio.to_thread(
                self._store.execute, lambda cursor: self._rows.receipts.defer(cursor, ids, pause, detail, tried)
            )
        except StoreUnavailable:
            self._taker.lost()

    def _take(self) -> list[list[Receipt]]:
        """Claim the due receipts, after returning those that were claimed when the database became unavailable."""
        token, names, rows = self._taker.token, list(self._readers), self._rows.receipts
        if self._taker.in_doubt:
            self._store.execute(lambda cursor: rows.return_claims(cursor, token))
        return self._store.execute(lambda cursor: rows.claim(cursor, names, self._at_once, token))

    async def _free_ended(self) -> float:
        await self.free_ended()
        return 1.0

    async def _paced(self) -> float:
        if not await self.turn():
            await wait_or_timeout(self._wake, EVERY)
            self._wake.clear()
        return 0.0


def _pause(tries: int) -> timedelta:
    return min(LONGEST, timedelta(seconds=2 ** min(tries, 16)))
