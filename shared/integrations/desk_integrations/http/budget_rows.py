"""Call budgets in the service's database. All times are the database's, so that clocks of processes do not matter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from psycopg import Cursor

from desk_integrations.http.budget import BudgetLimit, BudgetState, Lease, lease, pause

T = TypeVar("T")
CALL_BUDGETS = """
CREATE TABLE call_budgets (
    instance text PRIMARY KEY, credit double precision NOT NULL, refilled_at timestamptz NOT NULL,
    paused_until timestamptz
) WITH (fillfactor = 50)
"""
"""The table, for the owner's migration."""
RESERVE = (
    "INSERT INTO call_budgets (instance, credit, refilled_at) VALUES (%s, %s, clock_timestamp()) ON CONFLICT DO NOTHING"
)
LOCK = (
    "SELECT credit, refilled_at, paused_until, clock_timestamp() FROM call_budgets WHERE instance = %s"
    " FOR NO KEY UPDATE"
)
STORE = "UPDATE call_budgets SET credit = %s, refilled_at = %s, paused_until = %s WHERE instance = %s"


class Transactions(Protocol):
    """Runs work in a transaction of its own: the event store's `execute`."""

    def __call__(self, work: Callable[[Cursor[tuple[Any, ...]]], T]) -> T: ...


class StoredBudgetRows:
    """Rows of one service's schema, which all its processes share."""

    def __init__(self, transaction: Transactions) -> None:
        self._transaction = transaction

    async def lease(self, instance: str, limit: BudgetLimit, wanted: int) -> Lease:
        def work(cursor: Cursor[tuple[Any, ...]]) -> Lease:
            state, now = _locked(cursor, instance, limit)
            after, leased = lease(state, now, limit, wanted)
            _store(cursor, instance, after)
            return leased

        return await asyncio.to_thread(self._transaction, work)

    async def pause(self, instance: str, limit: BudgetLimit, seconds: float) -> None:
        def work(cursor: Cursor[tuple[Any, ...]]) -> None:
            state, now = _locked(cursor, instance, limit)
            _store(cursor, instance, pause(state, now, limit, seconds))

        await asyncio.to_thread(self._transaction, work)


def _locked(cursor: Cursor[tuple[Any, ...]], instance: str, limit: BudgetLimit) -> tuple[BudgetState, Any]:
    """The row, locked until the transaction ends, and the time after the lock was granted."""
    cursor.execute(RESERVE, (instance, float(limit.burst)))
    row = cursor.execute(LOCK, (instance,)).fetchone()
    assert row is not None
    credit, refilled_at, paused_until, now = row
    return BudgetState(credit, refilled_at, paused_until), now


def _store(cursor: Cursor[tuple[Any, ...]], instance: str, state: BudgetState) -> None:
    cursor.execute(STORE, (state.credit, state.refilled_at, state.paused_until, instance))
