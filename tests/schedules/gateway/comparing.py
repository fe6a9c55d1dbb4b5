"""The rows in memory beside those of a real PostgreSQL: each statement is executed on both, and answers compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from tests.schedules.gateway.cursor import GatewayCursor
from tests.schedules.gateway.rows import Rows
from tests.schedules.gateway.store import GatewayStore

from desk.eventstore.table_writer import View
from desk.outbox import ledger, orphaned_calls
from desk_intake.psa.observe import revision_rows
from desk_intake.psa.receive import stale_reads

Found = Sequence[tuple[Any, ...]]
CLOCK = """
CREATE SCHEMA schedule_clock;
CREATE FUNCTION schedule_clock.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('schedules.now')::timestamptz $$;
CREATE FUNCTION schedule_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('schedules.now')::timestamptz $$;
SELECT set_config('search_path', 'schedule_clock, intake, pg_catalog', false);
ALTER TABLE effects ALTER next SET DEFAULT now(), ALTER planned SET DEFAULT now();
ALTER TABLE psa_writes ALTER at SET DEFAULT now();
ALTER TABLE psa_written ALTER at SET DEFAULT now();
"""
"""The clock of the schedule as the clock of the database: unqualified names are found before those of pg_catalog."""
TABLES: Mapping[str, tuple[str, Callable[[Rows], Sequence[tuple[Any, ...]]]]] = {
    "effects": (
        "id, aggregate, kind, client, cause, correlation, traceparent, data, next, state, tries, doubted, pauses,"
        " refused, holder, leased, waiting, ended",
        lambda rows: [tuple(effect) for effect in rows.effects.values()],
    ),
    "psa_reads": ("instance, record, begun", lambda rows: [(*place, at) for place, at in rows.reads.items()]),
    "psa_writes": (
        "instance, record, effect, fields, shown, was, made",
        lambda rows: [(*place, *write) for place, write in rows.writes.items()],
    ),
    "psa_written": (
        "instance, record, field, value, flip, at",
        lambda rows: [(*one.place, *one[1:]) for one in rows.overwrites.values()],
    ),
    "psa_revisions": (
        "instance, record, at, status, status_class, revision, written_by, own, told",
        lambda rows: [(*key[:2], *row) for key, row in rows.revisions.items()],
    ),
    "psa_records": (
        "instance, record, ticket_id, duplicate, gone",
        lambda rows: [(*place, *link) for place, link in rows.links.items()],
    ),
    "psa_notes": ("message, ticket_id, ours", lambda rows: [(key, *row) for key, row in rows.notes.items()]),
}
"""Table -> its columns that the model has, and the model's rows."""
COUNTED = frozenset({ledger.SENT, ledger.WAKE, orphaned_calls.BEGIN, orphaned_calls.RELEASE})
"""Statements that answer no row, and whose number of changed rows the product reads or the model counts."""


class RealTables:
    """The gateway's tables in PostgreSQL. `executed` counts statements, `differences` are those answered otherwise."""

    def __init__(self, database: str) -> None:
        self.connection = psycopg.connect(database)
        self.connection.execute(CLOCK)
        self.connection.commit()
        self.executed: Counter[str | bytes] = Counter()
        self.differences: list[str] = []

    def clear(self) -> None:
        """Empty every table."""
        self.connection.rollback()
        self.connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        self.connection.commit()

    def execute(self, query: str | bytes, arguments: Any, now: datetime) -> tuple[list[tuple[Any, ...]] | None, int]:
        """The rows that a statement answers (None: it answers none), and the number of rows found or changed."""
        self.executed[query] += 1
        self.connection.execute("SELECT set_config('schedules.now', %s, false)", (now.isoformat(),))
        cursor = self.connection.execute(query, arguments)
        return (None if cursor.description is None else cursor.fetchall()), cursor.rowcount

    def judge(self, query: str | bytes, arguments: Any, answered: Found, found: Found | None, changed: int) -> None:
        """Compare an answer. Calls taken, and states of one second, come in any order."""
        if found is None:
            if query in COUNTED and changed != len(answered):
                self.differences.append(f"{query!r} {arguments}: {len(answered)} rows, in PostgreSQL {changed}")
            return
        unordered = query in (ledger.TAKE, revision_rows.TIMELINE)
        if _sorted(found) != _sorted(answered) if unordered else list(found) != list(answered):
            self.differences.append(f"{query!r} {arguments}: in memory {answered}, in PostgreSQL {found}")

    def compare(self, rows: Rows) -> None:
        """Compare every table."""
        for table, (columns, kept) in TABLES.items():
            found = self.connection.execute(f"SELECT {columns} FROM {table}").fetchall()
            if _sorted(found) != _sorted(kept(rows)):
                self.differences.append(f"{table}: in memory {_sorted(kept(rows))}, in PostgreSQL {_sorted(found)}")


def _sorted(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, rows), key=lambda row: repr(row[:6]))


class ComparingCursor(GatewayCursor):
    """Answers from memory, and executes the statement in PostgreSQL as well."""

    def __init__(self, parked: Mapping[int, Any], rows: Rows, real: RealTables) -> None:
        super().__init__(parked, rows)
        self._real = real

    def answer(self, query: str | bytes, arguments: Any) -> Found:
        if query == stale_reads.NOW:
            answered = super().answer(query, arguments)
            found, changed = self._real.execute(query, arguments, self.tables.now)
        else:
            found, changed = self._real.execute(query, arguments, self.tables.now)
            self.tables.preferred = {row[0] for row in found or ()} if query == ledger.TAKE else ()
            answered = super().answer(query, arguments)
        self._real.judge(query, arguments, answered, found, changed)
        return answered


class ComparingStore(GatewayStore):
    """A store whose every transaction is one of PostgreSQL as well."""

    def __init__(self, real: RealTables, now: Callable[[], datetime], views: Sequence[View]) -> None:
        self._real = real
        real.clear()
        super().__init__(now, views)

    def cursor_on(self, rows: Rows) -> GatewayCursor:
        return ComparingCursor(self.parked, rows, self._real)

    def begin(self) -> None:
        self._real.connection.commit()
        super().begin()

    def rollback(self) -> None:
        self._real.connection.rollback()
        super().rollback()

    def commit(self) -> None:
        self._real.connection.commit()
        super().commit()
