"""The status of an instance's feeds: for `desk status`, readiness and metrics."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TypedDict

from desk.eventstore.table_writer import DbCursor
from desk.telemetry.metrics import Metrics
from desk_integrations.instance_access import PolledInstance
from desk_integrations.polling.feed_rows import FeedRow
from desk_integrations.rows import IntegrationRows

SWEEP = "sweep"
"""The feed that looks for deletions. It is due only every `sweep` seconds."""


class FeedState(FeedRow):
    """`limit` is the age in seconds beyond which the feed makes the service not ready; None for an optional feed."""

    limit: float | None


class FeedStatus(TypedDict):
    """The feeds of one instance, and its records that cannot be read: their number, and the first of them."""

    instance: str
    feeds: list[FeedState]
    unreadable: int
    records: list[dict[str, object]]


def feed_status(cursor: DbCursor, rows: IntegrationRows, config: PolledInstance, feeds: Sequence[str]) -> FeedStatus:
    """The status of these feeds, and of others that fail."""
    listed = rows.feeds.listed(cursor, config.id, [feed for feed in feeds if feed not in config.skip])
    found: list[FeedState] = [
        {**row, "limit": _limit(row["feed"], config) if row["feed"] in feeds else None} for row in listed
    ]
    count, records = rows.revisits.unreadable(cursor, config.id)
    return {"instance": config.id, "feeds": found, "unreadable": count, "records": records}


def _limit(feed: str, config: PolledInstance) -> float:
    return config.stale_after + (config.sweep if feed == SWEEP else 0.0)


def overdue_feeds(found: FeedStatus, uptime: float) -> list[str]:
    """Feeds whose last complete pass exceeds their limit, with age and reason.

    A process that has just started has the whole limit for its first pass.
    """
    old = [row for row in found["feeds"] if row["limit"] is not None and min(row["age"], uptime) > row["limit"]]
    return [f"{found['instance']} {row['feed']}: {row['age']:.0f} s {row['problem']}".rstrip() for row in old]


def _age(then: float, at: float) -> float:
    return then + time.monotonic() - at


def set_gauges(found: FeedStatus, metrics: Metrics) -> None:
    """Set the gauges to the status of `feed_status`."""
    instance = found["instance"]
    for row in found["feeds"]:
        metrics.feed_failing.labels(instance, row["feed"]).set(row["failing"] is not None)
        if row["limit"] is not None:
            # computed when scraped, because the age grows between rounds
            age = partial(_age, row["age"], time.monotonic())
            metrics.feed_age_seconds.labels(instance, row["feed"]).set_function(age)
    metrics.records_unreadable.labels(instance).set(found["unreadable"])
