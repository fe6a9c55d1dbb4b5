"""The feeds of a PSA, and their status. A new feed needs its name here, and a line in `PsaRounds.parts`."""

from __future__ import annotations

from desk.eventstore.table_writer import DbCursor
from desk.http.admin.status_responses import InstanceFeeds
from desk_intake.psa.receipt_and_feed_rows import PSA_ROWS
from desk_integrations.instances.psa_document import PsaInstanceSettings
from desk_integrations.polling.feed_status import SWEEP, feed_status

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
    SWEEP,
)
"""Feeds that every instance has. Others (the statuses of one board) exist only while they fail."""


def feeds_of(cursor: DbCursor, config: PsaInstanceSettings) -> InstanceFeeds:
    """The status of an instance's feeds, as `feed_status`."""
    return feed_status(cursor, PSA_ROWS, config, PARTS)
