"""Leases that their taker finds again, so that it can give back what it does not know that it took.

When the answer to a taking is lost, the rows are leased and nobody works on them, for as long as the lease lasts. The
end of a lease therefore carries its taker in the last digits of its microseconds: no column is needed for it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

TOKENS = 100_000
"""Two takers with the same token are as rare as that, and would only take up each other's rows early."""
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


class Taker:
    """One that takes rows, works on them, and takes again, with nothing in hand in between."""

    def __init__(self, now: Callable[[], float] = time.monotonic, token: int | None = None) -> None:
        self.token = secrets.randbelow(TOKENS) if token is None else token
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
