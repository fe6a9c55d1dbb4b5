"""Rebuilds read models from the facts, when their shape has changed or on request.

Runs in one transaction under the table lock: readers see the old rows until it ends, appends wait. Facts are applied
aggregate by aggregate, in the order in which this store recorded them; there is no order between aggregates.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import structlog
from psycopg.rows import tuple_row

from desk.contract.streams.operations import ViewRebuilt
from desk.eventstore.connections.out_of_range_times import holds_unreadable
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import AppliedEvent, DbCursor, View

BATCH = 1000
logger = structlog.get_logger(__name__)
FACTS = (
    "SELECT originator_id, state, own FROM stored_events WHERE topic NOT LIKE 'skipped:%'"
    " ORDER BY originator_id, originator_version"
)
BUILT = (
    "INSERT INTO views (name, version) VALUES (%s, %s)"
    " ON CONFLICT (name) DO UPDATE SET version = excluded.version, built = now()"
)


def build_missing(log: EventLog) -> list[ViewRebuilt]:
    """Rebuild every view that is missing, has another version, or contains a time that Python cannot hold.

    Returns an operations event for each.
    """
    query = "SELECT name, version FROM views"
    built = dict(log.store.execute(lambda cursor: cursor.execute(query).fetchall()))
    missing = [
        view
        for view in log.store.views
        if built.get(view.name) != view.version or log.store.execute(partial(holds_unreadable, view=view))
    ]
    return [rebuild(log, view) for view in missing]


def rebuild(log: EventLog, view: View) -> ViewRebuilt:
    """Empty a view and fill it from all facts. Causes no call, timer or reaction.

    An aggregate that cannot be folded is filled up to the failing fact, and stops no other.
    """
    count, start = 0, time.perf_counter()
    with log.store.locked() as cursor:
        view.clear(cursor)
        for changes in _batches(log, cursor):
            view.apply(cursor, changes)
            count += len(changes)
        cursor.execute(BUILT, (view.name, view.version))
    seconds = round(time.perf_counter() - start, 3)
    return ViewRebuilt(view=view.name, version=str(view.version), facts=count, seconds=seconds)


def _batches(log: EventLog, cursor: DbCursor) -> Iterator[list[AppliedEvent]]:
    changes: list[AppliedEvent] = []
    current, state, broken = "", log.loader.empty("").state, ""
    with cursor.connection.cursor("facts", row_factory=tuple_row) as reading:
        reading.itersize = BATCH
        for aggregate, raw, own in reading.execute(FACTS):
            if aggregate != current:
                current, state = aggregate, log.loader.empty(aggregate).state
            if aggregate == broken:
                continue
            try:
                event = log.language.decode(raw)
                state = state.evolve(event)
            except Exception as error:
                broken = aggregate
                logger.error("an aggregate cannot be folded into a view", error=type(error).__name__)
                continue
            changes.append(AppliedEvent(aggregate, event, state, own))
            if len(changes) >= BATCH:
                yield changes
                changes = []
    if changes:
        yield changes
