"""Works off receipts: reads every record that a callback named and records its changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from desk.eventstore.connections.leases import Taker
from desk.eventstore.errors import LogError, StoreUnavailable, error_location
from desk.eventstore.table_writer import DbCursor
from desk.eventstore.unit_of_work.commit_notifier import wait_or_timeout
from desk.fault_points import fault_point
from desk.service.parts import Parts
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.receive.receipts import IN_HAND, Receipt, claim_receipts, defer_receipts, mark_read, return_claims
from desk_intake.psa.reconcile.revisits import mark_failed
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_integrations.vendor_errors import VendorError, VendorRateLimited, VendorUnavailable

AT_ONCE = 8
EVERY = 0.5
LONGEST = timedelta(minutes=15)
SOON = timedelta(seconds=1)
CALLS = 300.0
"""Seconds beyond the usual limit that reading one batch of records may take."""
log = structlog.get_logger(__name__)
Read = Callable[[PsaInstance, str], Awaitable[int]]
READS: Mapping[str, Read] = {
    "time": lambda psa_instance, record: psa_instance.times.read(record, "webhook"),
    "company": lambda psa_instance, record: psa_instance.clients.company(record),
    "contact": lambda psa_instance, record: psa_instance.people.contact(record),
    "configuration": lambda psa_instance, record: psa_instance.clients.device(record),
    "agreement": lambda psa_instance, record: psa_instance.clients.agreement(record),
    "member": lambda psa_instance, record: psa_instance.people.member(record),
}


class ReceiptWorker:
    """Works off the receipts of all instances while it runs; `turn` takes one batch of due ones."""

    def __init__(
        self, psa_instances: Mapping[str, PsaInstance], parts: Parts, wake: asyncio.Event, at_once: int = AT_ONCE
    ) -> None:
        self._psa_instances, self._store, self._wake, self._at_once = (
            psa_instances,
            parts.service.log.store,
            wake,
            at_once,
        )
        self._tracing = parts.http_context.tracing
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
        found = await asyncio.to_thread(self._presence.free, IN_HAND)
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
        except WriteInFlight:
            await self._leave(receipts, SOON, "a call of ours is under way", tried=0)
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
        """Defer the receipts of a ticket; list any other record for a revisit and end its receipts.

        Callbacks of a record type that our role may not see must not fill the queue.
        """
        first = receipts[0]
        if first.type == "ticket" or credentials:
            return await self._leave(receipts, _pause(first.tries), detail)
        ids = [receipt.id for receipt in receipts]

        def hand_over(cursor: DbCursor) -> None:
            mark_failed(cursor, first.instance, first.type, first.record, detail)
            mark_read(cursor, ids, detail)

        try:
            await asyncio.to_thread(self._store.execute, hand_over)
        except StoreUnavailable:
            self._taker.lost()
        return None

    async def _read(self, receipts: Sequence[Receipt]) -> None:
        first = receipts[0]
        psa_instance = self._psa_instances[first.instance]
        if first.type == "ticket":
            await psa_instance.tickets.read(first.record, "webhook", receipts)
            return
        await READS[first.type](psa_instance, first.record)
        ids = [receipt.id for receipt in receipts]
        await asyncio.to_thread(self._store.execute, lambda cursor: mark_read(cursor, ids))

    async def _leave(self, receipts: Sequence[Receipt], pause: timedelta, detail: str, tried: int = 1) -> None:
        ids = [receipt.id for receipt in receipts]
        log.info("receipts wait", type=receipts[0].type, tries=receipts[0].tries + tried)
        try:
            await asyncio.to_thread(
                self._store.execute, lambda cursor: defer_receipts(cursor, ids, pause, detail, tried)
            )
        except StoreUnavailable:
            self._taker.lost()

    def _take(self) -> list[list[Receipt]]:
        """Claim the due receipts, after returning those that were claimed when the database became unavailable."""
        token, names = self._taker.token, list(self._psa_instances)
        if self._taker.in_doubt:
            self._store.execute(lambda cursor: return_claims(cursor, token))
        return self._store.execute(lambda cursor: claim_receipts(cursor, names, self._at_once, token))

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
