"""Leases that name their holder, and end with the holder's process.

When the answer to a claim is lost, the rows are leased and nobody works on them until the lease expires. The time at
which a lease ends therefore carries its holder in the last digits of its microseconds, without a column of its own.
When that process has ended (`Presence`), the row is free at once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from desk.eventstore.table_writer import DbCursor

TOKENS = 100_000
"""Number of tokens. Two holders with the same token would only take over each other's rows early."""
NOBODY = 0
"""The token of a row that waits for its time and has no holder."""
END = (
    "(date_bin('100 milliseconds', now() + %s, 'epoch'::timestamptz) - interval '100 milliseconds'"
    " + %s * interval '1 microsecond')"
)
"""The end of the lease, for the parameters (duration, token). Up to 0.2 s less than the duration."""
TAKEN_BY = "mod(extract(microseconds FROM leased)::bigint, 100000)"
"""The token of a row's holder."""
MINE = f"(leased > now() AND {TAKEN_BY} = %s)"
"""The rows that this token has leased."""
AFTERWARDS = 5.0
"""Seconds after the database is back during which an earlier transaction may still be carried out."""


def new_token() -> int:
    """A random token for one holder."""
    return 1 + secrets.randbelow(TOKENS - 1)


class Leased(NamedTuple):
    """Rows of a table that are claimed with a lease; `among` is the SQL condition of rows that can be leased."""

    table: str
    among: str

    def holders(self, cursor: DbCursor) -> set[int]:
        """The tokens of the processes that hold such rows."""
        query = f"SELECT DISTINCT {TAKEN_BY} FROM {self.table} WHERE {self.among} AND leased > now()"  # noqa: S608
        return {row[0] for row in cursor.execute(query.encode())} - {NOBODY}

    def free(self, cursor: DbCursor, ended: Sequence[int]) -> int:
        """Free the rows of ended processes at once; returns their number."""
        statement = (
            f"UPDATE {self.table} SET leased = NULL WHERE {self.among} AND leased > now()"  # noqa: S608
            f" AND {TAKEN_BY} = ANY(%s) AND {TAKEN_BY} <> {NOBODY}"
        )
        return cursor.execute(statement.encode(), (list(ended),)).rowcount


class Taker:
    """A worker that claims rows, works on them, and claims again, holding none in between."""

    def __init__(self, now: Callable[[], float] = time.monotonic, token: int | None = None) -> None:
        self.token = new_token() if token is None else token
        self._now = now
        self._doubted_until: float | None = None
        self._away = False

    def lost(self) -> None:
        """Record that the database became unavailable while rows were being claimed or held."""
        self._away = True

    @property
    def in_doubt(self) -> bool:
        """Whether rows may be leased by this worker without its knowledge. To be asked between two claims."""
        if self._away:
            self._away, self._doubted_until = False, self._now() + AFTERWARDS
        return self._doubted_until is not None and self._now() < self._doubted_until
