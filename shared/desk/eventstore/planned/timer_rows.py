"""Rows of the timer table: due times, unique by (aggregate, timer, natural key)."""

from __future__ import annotations

from typing import Any

from desk.contract.bounds import EARLIEST, LATEST, clamped
from desk.decision.planning import Arm
from desk.eventstore.errors import Conflict
from desk.eventstore.table_writer import DbCursor, Row, TableWriter, columns

ARM = (
    "INSERT INTO timers (aggregate, timer, natural_key, due, data)"
    " SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::bytea[])"
    " ON CONFLICT (aggregate, timer, natural_key) DO UPDATE"
    " SET due = excluded.due, data = excluded.data, tries = 0, leased = NULL, last_error = ''"
)
CANCEL = (
    "DELETE FROM timers t USING unnest(%b::text[], %b::text[], %b::text[]) AS gone(aggregate, timer, natural_key)"
    " WHERE t.aggregate = gone.aggregate AND t.timer = gone.timer AND t.natural_key = gone.natural_key"
)
CANCEL_ALL = (
    "DELETE FROM timers t USING unnest(%b::text[], %b::text[]) AS gone(aggregate, timer)"
    " WHERE t.aggregate = gone.aggregate AND t.timer = gone.timer"
)
READ_DUE = f"greatest(least(t.due, '{LATEST.isoformat()}'), '{EARLIEST.isoformat()}')"
"""A due time in a query: one that Python cannot hold is read as the nearest bound, and fires like any other."""
FIRED = (
    "DELETE FROM timers t USING unnest(%b::text[], %b::text[], %b::text[], %b::timestamptz[])"  # noqa: S608
    " AS gone(aggregate, timer, natural_key, due) WHERE t.aggregate = gone.aggregate AND t.timer = gone.timer"
    f" AND t.natural_key = gone.natural_key AND {READ_DUE} = gone.due RETURNING 1"
)


def _write(cursor: DbCursor, rows: list[Row]) -> None:
    armed: dict[tuple[str, str, str], Arm] = {}
    gone: set[tuple[str, str, str]] = set()
    all_gone: set[tuple[str, str]] = set()
    for aggregate, change in rows:
        if isinstance(change, Arm):
            armed[aggregate, change.timer, change.key] = change
        elif change.key is not None:
            armed.pop((aggregate, change.timer, change.key), None)
            gone.add((aggregate, change.timer, change.key))
        else:
            armed = {key: arm for key, arm in armed.items() if key[:2] != (aggregate, change.timer)}
            all_gone.add((aggregate, change.timer))
    _run(cursor, CANCEL, sorted(gone))
    _run(cursor, CANCEL_ALL, sorted(all_gone))
    _run(cursor, ARM, [(*key, clamped(arm.due), arm.data) for key, arm in armed.items()])


def _run(cursor: DbCursor, statement: Any, rows: list[Row]) -> None:
    if rows:
        cursor.execute(statement, columns(rows), prepare=True)


def _fired(cursor: DbCursor, rows: list[Row]) -> None:
    _run(cursor, FIRED, rows)
    if len(cursor.fetchall()) != len(rows):
        raise Conflict("a timer was moved, cancelled or fired by another scheduler")


FIRED_TIMERS = TableWriter("timers fired", 10, _fired)
TIMERS = TableWriter("timers", 20, _write)
