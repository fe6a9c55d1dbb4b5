"""The status of an instance's feeds: for `desk status`, readiness and metrics."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from desk.eventstore.table_writer import DbCursor
from desk.http.admin.status_responses import InstanceFeeds
from desk.telemetry.metrics import Metrics
from desk_integrations.instance_access import PolledInstance
from desk_integrations.rows import IntegrationRows

SWEEP = "sweep"
"""The feed that looks for deletions. It is due only every `sweep` seconds."""


def feed_status(cursor: DbCursor, rows: IntegrationRows, config: PolledInstance, feeds: Sequence[str]) -> InstanceFeeds:
    """The status of these feeds, and of others that fail; the latter have no limit."""

    def limit(feed: str) -> float | None:
        return config.stale_after + (config.sweep if feed == SWEEP else 0.0) if feed in feeds else None

    wanted = [feed for feed in feeds if feed not in config.skip]
    count, records = rows.revisits.unreadable(cursor, config.id)
    found = rows.feeds.listed(cursor, config.id, wanted, limit)
    return InstanceFeeds(instance=config.id, feeds=found, unreadable=count, records=records)


def overdue_feeds(found: InstanceFeeds, uptime: float) -> list[str]:
    """Feeds whose last complete pass exceeds their limit, with age and reason.

    A process that has just started has the whole limit for its first pass.
    """
    old = [row for row in found.feeds if row.limit is not None and min(row.age, uptime) > row.limit]
    return [f"{found.instance} {row.feed}: {row.age:.0f} s {row.problem}".rstrip() for row in old]


def _age(then: float, at: float) -> float:
    return then + time.monotonic() - at


def set_gauges(found: InstanceFeeds, metrics: Metrics) -> None:
    """Set the gauges to the status of `feed_status`."""
    for row in found.feeds:
        metrics.feed_failing.labels(found.instance, row.feed).set(row.failing is not None)
        if row.limit is not None:
            # computed when scraped, because the age grows between rounds
            age = partial(_age, row.age, time.monotonic())
            metrics.feed_age_seconds.labels(found.instance, row.feed).set_function(age)
    metrics.records_unreadable.labels(found.instance).set(found.unreadable)
