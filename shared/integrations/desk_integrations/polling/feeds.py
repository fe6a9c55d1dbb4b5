"""Runs the feeds of a round independently: one that fails pauses and is reported, the others go on.

A failure is recorded once (`feed-interrupted`), and the recovery once (`feed-resumed`).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from desk.contract.streams.operations import FeedInterrupted, FeedResumed
from desk.eventstore.errors import LogError, StoreUnavailable, WriterStopped, error_location
from desk_integrations.instance_access import InstanceAccess
from desk_integrations.polling.feed_rows import FeedProblem
from desk_integrations.receipts.decision_item import decision_id
from desk_integrations.vendor_errors import RecordGone, VendorAnswerInvalid, VendorError, VendorRefused

LONGEST = timedelta(minutes=15)
log = structlog.get_logger(__name__)


@dataclass
class FeedPause:
    """The pause of a failed feed, longer after each failure."""

    tries: int
    until: float
    final: bool


class Feeds:
    """Runs the feeds of one instance and tracks their failures.

    `names` are the feeds that the instance always has. Others, such as the statuses of one board, exist only while they
    fail.
    """

    def __init__(self, access: InstanceAccess, names: Sequence[str]) -> None:
        self._access, self._instance, self.names = access, access.config.id, tuple(names)
        self._pauses: dict[str, FeedPause] = {}

    async def begin(self) -> None:
        """Create the feeds' rows, so that ages count from the first round if a feed never completed a pass."""
        wanted = [feed for feed in self.names if feed not in self._access.config.skip]
        await self._access.query(lambda cursor: self._access.rows.feeds.begin(cursor, self._instance, wanted))

    async def run(self, feed: str, part: Callable[[], Awaitable[None]], *, skip_paused: bool = False) -> bool:
        """Run one feed; False if it failed. With `skip_paused` a pausing feed is skipped.

        Only an unavailable store ends the round, because nothing could be recorded.
        """
        if feed in self._access.config.skip or (skip_paused and self.pausing(feed)):
            return True
        try:
            await part()
        except (StoreUnavailable, WriterStopped):
            raise
        except Exception as error:
            await self.failed(feed, error)
            return False
        await self.succeeded(feed)
        return True

    def pausing(self, feed: str) -> bool:
        """Whether the feed pauses after a failure."""
        pause = self._pauses.get(feed)
        return pause is not None and time.monotonic() < pause.until

    def refused(self, feed: str) -> bool:
        """Whether the vendor's last answer was a refusal or a missing endpoint, not mere unavailability."""
        pause = self._pauses.get(feed)
        return pause is not None and pause.final

    async def failed(self, feed: str, error: Exception) -> None:
        """Pause a failed feed; the first failure is recorded."""
        problem, before = problem_of(error), self._pauses.get(feed)
        tries = before.tries + 1 if before else 1
        pause = min(LONGEST.total_seconds(), self._access.config.poll * 2 ** min(tries - 1, 12))
        final = isinstance(error, VendorRefused | RecordGone | VendorAnswerInvalid)
        self._pauses[feed] = FeedPause(tries, time.monotonic() + pause, final)
        say = log.warning if tries == 1 else log.info
        say(
            "a feed failed",
            instance=self._instance,
            feed=feed,
            error=problem.cause,
            operation=problem.operation.replace(" ", ":") or None,
            status=problem.status,
            field=problem.field or None,
            tries=tries,
        )
        try:
            await self._record(feed, problem)
        except LogError as away:
            log.warning("the failure of a feed is not recorded", feed=feed, error=type(away).__name__)

    async def _record(self, feed: str, problem: FeedProblem) -> None:
        rows = self._access.rows.feeds
        since, tries = await self._access.query(lambda cursor: rows.mark_failed(cursor, self._instance, feed, problem))
        if tries == 1 and since is not None:
            fact = FeedInterrupted(
                instance=self._instance,
                feed=feed,
                since=since,
                cause=problem.cause,
                operation=problem.operation,
                status=problem.status,
                field=problem.field,
            )
            identity = decision_id(self._instance, feed, "interrupted", since.isoformat())
            await self._access.record_operations_event(identity, fact)

    async def succeeded(self, feed: str) -> None:
        """End the feed's pause after a complete pass, and record the recovery."""
        self._pauses.pop(feed, None)
        rows = self._access.rows.feeds
        try:
            since = await self._access.query(lambda cursor: rows.mark_succeeded(cursor, self._instance, feed))
            if since is not None:
                log.info("a feed has recovered", instance=self._instance, feed=feed)
                fact = FeedResumed(instance=self._instance, feed=feed, since=since)
                identity = decision_id(self._instance, feed, "resumed", since.isoformat())
                await self._access.record_operations_event(identity, fact)
        except LogError as away:
            log.warning("the success of a feed is not recorded", feed=feed, error=type(away).__name__)

    async def recovered(self, feed: str) -> None:
        """Clear the failure of an optional feed, such as the statuses of one board, once it could be read."""
        if feed in self._pauses:
            await self.succeeded(feed)


def problem_of(error: Exception) -> FeedProblem:
    """The cause of a failure, by codes, ids and field names."""
    if isinstance(error, VendorAnswerInvalid):
        return FeedProblem(type(error).__name__, error.problem, error.record, None, error.field)
    if isinstance(error, VendorError):
        return FeedProblem(type(error).__name__, error.problem, error.operation, error.status)
    return FeedProblem(type(error).__name__, error_location(error))
