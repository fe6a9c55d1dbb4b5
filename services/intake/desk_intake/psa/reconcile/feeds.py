"""Runs the feeds of a round independently: one that fails pauses and is reported, the others go on.

A failure is recorded once (`feed-interrupted`), and the recovery once (`feed-resumed`).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from desk.contract.streams.operations import FeedInterrupted, FeedResumed
from desk.eventstore.errors import LogError, StoreUnavailable, WriterStopped, error_location
from desk.eventstore.table_writer import DbCursor
from desk.telemetry.metrics import Metrics
from desk_intake.psa.ids import decision_id
from desk_intake.psa.log_access import LogAccess
from desk_intake.psa.receive.subscriptions import record_operations_event
from desk_intake.psa.reconcile.revisits import unreadable_records
from desk_integrations.psa_instances import PsaInstanceSettings
from desk_integrations.vendor_errors import RecordGone, VendorAnswerInvalid, VendorError, VendorRefused

PARTS = (
    "tickets",
    "changelog",
    "time",
    "notes",
    "agreements",
    "companies",
    "contacts",
    "members",
    "configurations",
    "again",
    "statuses",
    "hooks",
    "sweep",
)
"""Feeds that every instance has. Others (the statuses of one board) exist only while they fail."""
LONGEST = timedelta(minutes=15)
SEEN = "INSERT INTO psa_feeds (instance, feed) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING"
FAILED = (
    "INSERT INTO psa_feeds (instance, feed, failing, tries, problem, operation, status, field)"
    " VALUES (%s, %s, now(), 1, %s, %s, %s, %s) ON CONFLICT (instance, feed) DO UPDATE SET"
    " failing = coalesce(psa_feeds.failing, excluded.failing), tries = psa_feeds.tries + 1,"
    " problem = excluded.problem, operation = excluded.operation, status = excluded.status, field = excluded.field"
    " RETURNING failing, tries"
)
FAILING = "SELECT failing FROM psa_feeds WHERE instance = %s AND feed = %s FOR UPDATE"
TURNED = (
    "INSERT INTO psa_feeds (instance, feed, turned) VALUES (%s, %s, now())"
    " ON CONFLICT (instance, feed) DO UPDATE SET turned = now(), failing = NULL, tries = 0, problem = '',"
    " operation = '', status = NULL, field = ''"
)
LISTED = (
    "SELECT feed, turned, extract(epoch FROM now() - coalesce(turned, began))::float, failing, tries, problem,"
    " operation, status, field FROM psa_feeds WHERE instance = %s AND (feed = ANY(%s) OR failing IS NOT NULL)"
    " ORDER BY failing NULLS LAST, feed"
)
COLUMNS = ("feed", "turned", "age", "failing", "tries", "problem", "operation", "status", "field")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FeedProblem:
    """The cause of a feed's failure: codes, ids and field names; no text from a record."""

    cause: str
    text: str
    operation: str = ""
    status: int | None = None
    field: str = ""

    @classmethod
    def of(cls, error: Exception) -> FeedProblem:
        if isinstance(error, VendorAnswerInvalid):
            return cls(type(error).__name__, error.problem, error.record, None, error.field)
        if isinstance(error, VendorError):
            return cls(type(error).__name__, error.problem, error.operation, error.status)
        return cls(type(error).__name__, error_location(error))


@dataclass
class FeedPause:
    """The pause of a failed feed, longer after each failure."""

    tries: int
    until: float
    final: bool


class Feeds:
    """Runs the feeds of one instance and tracks their failures."""

    def __init__(self, access: LogAccess) -> None:
        self._access, self._instance = access, access.config.id
        self._pauses: dict[str, FeedPause] = {}

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
        problem, before = FeedProblem.of(error), self._pauses.get(feed)
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
        values = (self._instance, feed, problem.text, problem.operation, problem.status, problem.field)
        since, tries = await self._access.query(lambda cursor: cursor.execute(FAILED, values).fetchone()) or (None, 0)
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
            await record_operations_event(
                self._access, decision_id(self._instance, feed, "interrupted", since.isoformat()), fact
            )

    async def succeeded(self, feed: str) -> None:
        """End the feed's pause after a complete pass, and record the recovery."""
        self._pauses.pop(feed, None)
        try:
            since = await self._access.query(lambda cursor: _mark_succeeded(cursor, self._instance, feed))
            if since is not None:
                log.info("a feed has recovered", instance=self._instance, feed=feed)
                fact = FeedResumed(instance=self._instance, feed=feed, since=since)
                await record_operations_event(
                    self._access, decision_id(self._instance, feed, "resumed", since.isoformat()), fact
                )
        except LogError as away:
            log.warning("the success of a feed is not recorded", feed=feed, error=type(away).__name__)

    async def recovered(self, feed: str) -> None:
        """Clear the failure of an optional feed, such as the statuses of one board, once it could be read."""
        if feed in self._pauses:
            await self.succeeded(feed)

    async def begin(self) -> None:
        """Create the feeds' rows, so that ages count from the first round if a feed never completed a pass."""
        wanted = [feed for feed in PARTS if feed not in self._access.config.skip]
        await self._access.query(lambda cursor: cursor.execute(SEEN, (self._instance, wanted)) and None)


def _mark_succeeded(cursor: DbCursor, instance: str, feed: str) -> datetime | None:
    """Store a complete pass; returns since when the feed had been failing, or None."""
    row = cursor.execute(FAILING, (instance, feed)).fetchone()
    cursor.execute(TURNED, (instance, feed))
    return row[0] if row else None


def feeds_of(cursor: DbCursor, config: PsaInstanceSettings) -> dict[str, Any]:
    """The status of an instance's feeds: age of the last complete pass in seconds, failures, unreadable records.

    `limit` is the age in seconds beyond which a feed makes the service not ready.
    """
    wanted = [feed for feed in PARTS if feed not in config.skip]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.execute(LISTED, (config.id, wanted))]
    for row in rows:
        row["limit"] = _limit(row["feed"], config)
    count, records = unreadable_records(cursor, config.id)
    return {"instance": config.id, "feeds": rows, "unreadable": count, "records": records}


def _limit(feed: str, config: PsaInstanceSettings) -> float | None:
    if feed not in PARTS:
        return None
    return config.stale_after + (config.sweep if feed == "sweep" else 0.0)


def overdue_feeds(found: Mapping[str, Any], uptime: float) -> list[str]:
    """Feeds whose last complete pass exceeds their limit, with age and reason.

    A process that has just started has the whole limit for its first pass.
    """
    rows = [row for row in found["feeds"] if row["limit"] is not None]
    old = [row for row in rows if min(row["age"], uptime) > row["limit"]]
    return [f"{found['instance']} {row['feed']}: {row['age']:.0f} s {row['problem']}".rstrip() for row in old]


def _age(then: float, at: float) -> float:
    return then + time.monotonic() - at


def set_gauges(found: Mapping[str, Any], metrics: Metrics) -> None:
    """Set the gauges to the status of `feeds_of`."""
    instance = found["instance"]
    for row in found["feeds"]:
        metrics.feed_failing.labels(instance, row["feed"]).set(row["failing"] is not None)
        if row["limit"] is not None:
            # computed when scraped, because the age grows between rounds
            age = partial(_age, row["age"], time.monotonic())
            metrics.feed_age_seconds.labels(instance, row["feed"]).set_function(age)
    metrics.records_unreadable.labels(instance).set(found["unreadable"])
