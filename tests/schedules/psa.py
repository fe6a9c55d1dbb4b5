"""A PSA as far as one record's status goes: what it shows, who changed it, and what its author had before them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from desk.contract.ticket.intake.psa import StatusClass

API = "api"
ENDED = frozenset({"resolved", "closed", "cancelled"})
ACTS: dict[str, tuple[StatusClass, ...]] = {
    "new": ("open", "waiting-client", "waiting-vendor", "resolved", "closed", "cancelled"),
    "open": ("waiting-client", "waiting-vendor", "waiting-internal", "resolved", "resolved", "closed", "cancelled"),
    "waiting-client": ("open", "open", "waiting-vendor", "resolved", "closed"),
    "waiting-vendor": ("open", "open", "waiting-client", "resolved", "closed"),
    "waiting-schedule": ("open", "resolved"),
    "waiting-internal": ("open", "resolved", "closed"),
    "resolved": ("closed", "closed", "open", "waiting-client"),
    "closed": ("open", "open", "waiting-client", "resolved"),
    "cancelled": ("open", "closed"),
}
"""What a technician may want, by what the PSA shows."""


class Desk(NamedTuple):
    """The PSA shows what the desk wrote, or agreed to: the cycle of then, and whether it had ended."""

    cycle: int
    ended: bool


class Act(NamedTuple):
    """The PSA shows what entry `n` made of it."""

    n: int


class Entry(NamedTuple):
    """One change of the record: entry `n`, who made it, which field, and what it was made upon (`saw`)."""

    n: int
    at: datetime
    actor: str
    field: str
    before: str | None
    after: str
    saw: Desk | Act


class Record:
    """One ticket of the PSA, or of a log that is `imported`. Its change log is complete; a read gives all of it."""

    def __init__(self, name: str, at: datetime, *, imported: bool = False, actor: str = "jdoe") -> None:
        self.name, self.status, self.imported = name, "new", imported
        self.queue: str | None = None
        self.view: Desk | Act = Desk(1, False)
        self.log = [Entry(1, at, actor, "status", None, "new", self.view)]

    @property
    def last(self) -> int:
        """Number of the newest entry: the record's revision."""
        return len(self.log)

    def act(self, at: datetime, actor: str, choice: int) -> Entry:
        """A technician changes the status to one of those that make sense on what is shown."""
        wanted = ACTS[self.status]
        return self._add(at, actor, wanted[choice % len(wanted)])

    def patch(self, at: datetime, status: str, shows: Desk) -> Entry:
        """The desk writes: from now on the record shows the desk's state `shows`."""
        entry = self._add(at, API, status)
        self.view = shows
        return entry

    def _add(self, at: datetime, actor: str, after: str) -> Entry:
        entry = Entry(self.last + 1, at, actor, "status", self.status, after, self.view)
        self.log.append(entry)
        self.status, self.view = after, Act(entry.n)
        return entry

    def place(self, at: datetime, actor: str, queue: str) -> Entry:
        """A dispatcher moves the record to a queue; what the status shows stays as it is."""
        entry = Entry(self.last + 1, at, actor, "queue", self.queue, queue, self.view)
        self.log.append(entry)
        self.queue = queue
        return entry
