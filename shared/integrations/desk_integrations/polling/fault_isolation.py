"""Isolates errors of single records of a feed: the others are still read, and a failed record is revisited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from desk.eventstore.errors import StoreUnavailable, WriterStopped, error_location
from desk_integrations.instance_access import InstanceAccess, RecordBusy
from desk_integrations.vendor_errors import VendorAnswerInvalid, VendorError, VendorRateLimited, VendorUnavailable

AT_ONCE = 8
MOST_AWAY = 3
"""After this many consecutive records without an answer the vendor counts as unavailable, and the feed ends."""
log = structlog.get_logger(__name__)
Work = Callable[[], Awaitable[int]]
"""Reads one record and records its changes; returns the number of facts."""


@dataclass
class RoundResult:
    """Counts of one round. `skip_paused`: feeds that pause after a failure are left out. `interrupted`: feeds that
    failed in it.
    """

    read: int = 0
    changed: int = 0
    missing: int = 0
    failed: int = 0
    skip_paused: bool = False
    interrupted: list[str] = field(default_factory=list)


class RecordFaultIsolation:
    """Reads records of one instance one by one. One that cannot be read or recorded is listed for a revisit."""

    def __init__(self, access: InstanceAccess) -> None:
        self._access, self._instance = access, access.config.id
        self._away = 0

    async def each(self, result: RoundResult, kind: str, record: str, work: Work) -> bool:
        """Do the work on one record; False if it is left for a revisit.

        Raises only errors that concern the vendor or our store as a whole.
        """
        return await self._attempt(result, work, partial(self.later, result, kind, record))

    async def once(self, result: RoundResult, kind: str, record: str, work: Work) -> bool:
        """`each` for work that is repeated anyway, without a revisit. Consecutive refusals end the feed too."""

        async def left(error: Exception) -> None:
            result.failed += 1
            log.info("a record waits", instance=self._instance, type=kind, record=record, error=type(error).__name__)

        return await self._attempt(result, work, left, ends=VendorError)

    async def _attempt(
        self,
        result: RoundResult,
        work: Work,
        left: Callable[[Exception], Awaitable[None]],
        ends: type[Exception] | tuple[type[Exception], ...] = (VendorUnavailable, VendorRateLimited),
    ) -> bool:
        try:
            result.changed += await work() > 0
        except (StoreUnavailable, WriterStopped):
            raise
        except Exception as error:
            await left(error)
            self._away = self._away + 1 if isinstance(error, ends) else 0
            if self._away < MOST_AWAY:
                return False
            self._away = 0
            raise
        self._away = 0
        return True

    async def all_of(self, result: RoundResult, kind: str, items: Sequence[tuple[str, Work]]) -> None:
        """`each` for many records, `AT_ONCE` at a time."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(record: str, work: Work) -> None:
            async with slots:
                await self.each(result, kind, record, work)

        ended = await asyncio.gather(*(one(*named) for named in items), return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                raise error

    async def later(self, result: RoundResult, kind: str, record: str, error: Exception) -> None:
        """Count and list the record for a revisit after a pause. A busy one that is listed already is only counted."""
        result.failed += 1
        if isinstance(error, RecordBusy) and error.listed:
            return
        detail, rows = _detail(error), self._access.rows.revisits
        tries = await self._access.query(lambda cursor: rows.mark_failed(cursor, self._instance, kind, record, detail))
        say = log.warning if tries == 1 else log.info
        say(
            "a record cannot be reconciled",
            instance=self._instance,
            type=kind,
            record=record,
            error=type(error).__name__,
            status=getattr(error, "status", None),
            field=getattr(error, "field", None),
            tries=tries,
        )

    async def refused(self, result: RoundResult, kind: str, found: Iterable[VendorAnswerInvalid]) -> None:
        """Count and list the unreadable records of a list."""
        for invalid in found:
            if invalid.number is not None:
                await self.later(result, kind, str(invalid.number), invalid)
            else:
                result.failed += 1
                log.warning("a record cannot be read", instance=self._instance, type=kind, field=invalid.field)


def _detail(error: Exception) -> str:
    """Codes, ids and field names; no text from a record."""
    if isinstance(error, RecordBusy):
        return error.reason
    return str(error)[:200] if isinstance(error, VendorError) else error_location(error)
