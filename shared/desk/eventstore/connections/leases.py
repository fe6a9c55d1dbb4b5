"""Leases that their taker finds again, and that end with the process of their taker.

When the answer to a taking is lost, the rows are leased and nobody works on them, for as long as the lease lasts. The
end of a lease therefore carries its taker in the last digits of its microseconds: no column is needed for it. The same
digits tell which process holds the row: when that has ended (`Presence`), the row is free at once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from desk.eventstore.table_writer import DbCursor

TOKENS = 100_000
"""Two takers with the same token are as rare as that, and would only take up each other's rows early."""
NOBODY = 0
"""The token of a row that waits for its time, and is in nobody's hands."""
END = (
    "(date_bin('100 milliseconds', now() + %s, 'epoch'::timestamptz) - interval '100 milliseconds'"
    " + %s * interval '1 microsecond')"
)
"""When the lease ends: of (duration, token). Up to 0.2 s less than the duration."""
TAKEN_BY = "mod(extract(microseconds FROM leased)::bigint, 100000)"
"""Who has leased a row."""
MINE = f"(leased > now() AND {TAKEN_BY} = %s)"
"""The rows that this token has leased."""
AFTERWARDS = 5.0
"""Seconds after the database is back during which a transaction of before may still be carried out."""


def new_token() -> int:
    """The token of one taker."""
    return 1 + secrets.randbelow(TOKENS - 1)


class Leased(NamedTuple):
    """Rows of a table that are taken with a lease; `among` are those that can be in somebody's hands."""

    table: str
    among: str

    def holders(self, cursor: DbCursor) -> set[int]:
        """The processes that hold such rows."""
        query = f"SELECT DISTINCT {TAKEN_BY} FROM {self.table} WHERE {self.among} AND leased > now()"  # noqa: S608
        return {row[0] for row in cursor.execute(query.encode())} - {NOBODY}

    def free(self, cursor: DbCursor, ended: Sequence[int]) -> int:
        """Let the rows of ended processes be taken at once; how many."""
        statement = (
            f"UPDATE {self.table} SET leased = NULL WHERE {self.among} AND leased > now()"  # noqa: S608
            f" AND {TAKEN_BY} = ANY(%s) AND {TAKEN_BY} <> {NOBODY}"
        )
        return cursor.execute(statement.encode(), (list(ended),)).rowcount


class Taker:
    """One that takes rows, works on them, and takes again, with nothing in hand in between."""

    def __init__(self, now: Callable[[], float] = time.monotonic, token: int | None = None) -> None:
        self.token = new_token() if token is None else token
        self._now = now
        self._doubted_until: float | None = None
        self._away = False

    def lost(self) -> None:
        """The database went away while rows were being taken or were in hand."""
        self._away = True

    @property
    def in_doubt(self) -> bool:
        """Whether rows may be leased by this taker that it does not know of. Asked between two takings."""
        if self._away:
            self._away, self._doubted_until = False, self._now() + AFTERWARDS
        return self._doubted_until is not None and self._now() < self._doubted_until
