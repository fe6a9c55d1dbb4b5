"""Refused credentials by instance: nobody loops on them, and one alert is raised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from psycopg import Cursor

from desk_connectors.http import Clock
from desk_integrations.http.budget_rows import Transactions

PROBE_AFTER = timedelta(minutes=15)
"""Refused credentials are tried once more after this time, in case the vendor was wrong."""
REFUSED_CREDENTIALS = """
CREATE TABLE refused_credentials (
    instance text PRIMARY KEY, fingerprint text NOT NULL, probe_at timestamptz NOT NULL
)
"""
"""The table, for the owner's migration."""
FIRST = (
    "INSERT INTO refused_credentials (instance, fingerprint, probe_at) VALUES (%s, %s, clock_timestamp())"
    " ON CONFLICT DO NOTHING"
)
OTHER = "UPDATE refused_credentials SET fingerprint = %s WHERE instance = %s AND fingerprint <> %s"
PROBE = "UPDATE refused_credentials SET probe_at = clock_timestamp() + %s WHERE instance = %s"
WAIT = (
    "SELECT extract(epoch FROM probe_at - clock_timestamp())::float8 FROM refused_credentials"
    " WHERE instance = %s AND fingerprint = %s"
)
CLEAR = "DELETE FROM refused_credentials WHERE instance = %s"


class CredentialState(Protocol):
    """The state `credentials-refused` of instances, by the fingerprint of the credentials that were refused."""

    async def blocked(self, instance: str, fingerprint: str) -> float:
        """Seconds for which these credentials are not tried; 0 when they may be. New credentials are never blocked."""
        ...

    async def mark(self, instance: str, fingerprint: str) -> bool:
        """Record a refusal. True the first time: that caller raises the one alert."""
        ...

    async def clear(self, instance: str) -> None:
        """The vendor accepted the credentials."""
        ...


class LocalCredentialState:
    """The state in memory, for one process without a database."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, tuple[str, datetime]] = {}

    async def blocked(self, instance: str, fingerprint: str) -> float:
        refused, probe_at = self._refused.get(instance, ("", self._clock.now()))
        return max(0.0, (probe_at - self._clock.now()).total_seconds()) if refused == fingerprint else 0.0

    async def mark(self, instance: str, fingerprint: str) -> bool:
        first = self._refused.get(instance, ("", None))[0] != fingerprint
        self._refused[instance] = (fingerprint, self._clock.now() + PROBE_AFTER)
        return first

    async def clear(self, instance: str) -> None:
        self._refused.pop(instance, None)


class StoredCredentialState:
    """The state in one service's schema, which all its processes share."""

    def __init__(self, transaction: Transactions) -> None:
        self._transaction = transaction

    async def blocked(self, instance: str, fingerprint: str) -> float:
        found = await self._run(lambda cursor: cursor.execute(WAIT, (instance, fingerprint)).fetchone())
        return max(0.0, found[0]) if found else 0.0

    async def mark(self, instance: str, fingerprint: str) -> bool:
        def work(cursor: Cursor[tuple[Any, ...]]) -> bool:
            first = cursor.execute(FIRST, (instance, fingerprint)).rowcount == 1
            changed = cursor.execute(OTHER, (fingerprint, instance, fingerprint)).rowcount == 1
            cursor.execute(PROBE, (PROBE_AFTER, instance))
            return first or changed

        marked: bool = await self._run(work)
        return marked

    async def clear(self, instance: str) -> None:
        await self._run(lambda cursor: cursor.execute(CLEAR, (instance,)))

    async def _run(self, work: Callable[[Cursor[tuple[Any, ...]]], Any]) -> Any:
        return await asyncio.to_thread(self._transaction, work)
