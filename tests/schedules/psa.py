"""The PSA as people see it: its records, who changed them, and what each author had before them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from desk.contract.ticket.intake.psa import StatusClass
from desk_integrations.conformance.psa.in_memory import Board, PsaWorld
from desk_integrations.kinds.psa import PsaMember, PsaStatus

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
"""The changes that a technician may want, by the status class that the PSA displays."""


class Desk(NamedTuple):
    """The PSA shows what the desk wrote, or agreed to: the cycle of then, and whether it had ended."""

    cycle: int
    ended: bool


class Act(NamedTuple):
    """The PSA shows what entry `n` made of it."""

    n: int


class Entry(NamedTuple):
    """One change of the record: entry `n`, who made it, and which field."""

    n: int
    at: datetime
    actor: str
    field: str
    before: str | None
    after: str


class Record:
    """The log of one ticket of a PSA, or of a log that is `imported`, with what each entry's author had before them."""

    def __init__(self, name: str, at: datetime, *, imported: bool = False, actor: str = "jdoe") -> None:
        self.name, self.status, self.imported = name, "new", imported
        self.queue: str | None = None
        self._shows: dict[int, Desk | Act] = {0: Desk(1, False), 1: Desk(1, False)}
        self.log = [Entry(1, at, actor, "status", None, "new")]

    @property
    def last(self) -> int:
        """Number of the newest entry: the record's revision."""
        return len(self.log)

    def shows(self, after: int) -> Desk | Act:
        """The state of the record after entry `after`; a move to another queue does not change it."""
        while after not in self._shows:
            after -= 1
        return self._shows[after]

    def saw(self, entry: Entry) -> Desk | Act:
        """The state that the author of an entry had in view."""
        return self.shows(entry.n - 1)

    def act(self, at: datetime, actor: str, choice: int) -> Entry:
        """A technician changes the status to one of those that make sense on what is shown."""
        wanted = ACTS[self.status]
        return self.set_status(at, actor, wanted[choice % len(wanted)])

    def set_status(self, at: datetime, actor: str, after: str) -> Entry:
        """Somebody changes the status."""
        entry = self._add(at, actor, "status", self.status, after)
        self.status, self._shows[entry.n] = after, Act(entry.n)
        return entry

    def place(self, at: datetime, actor: str, queue: str) -> Entry:
        """A dispatcher moves the record to a queue; what the status shows stays as it is."""
        entry = self._add(at, actor, "queue", self.queue, queue)
        self.queue = queue
        return entry

    def covered(self, after: int, shows: Desk) -> None:
        """From entry `after` on the record shows the desk's state `shows`: the desk wrote it, or agrees with it."""
        self._shows[after] = shows

    def _add(self, at: datetime, actor: str, field: str, before: str | None, after: str) -> Entry:
        entry = Entry(self.last + 1, at, actor, field, before, after)
        self.log.append(entry)
        return entry


class PsaRecord(Record):
    """A ticket of the PSA in memory, whose entries are changes of its record `number`."""

    def __init__(self, name: str, psa: PsaWorld, number: str, at: datetime) -> None:
        super().__init__(name, at)
        self.number, self._psa = number, psa

    def set_status(self, at: datetime, actor: str, after: str) -> Entry:
        self._psa.change(self.number, actor, status=after)
        return super().set_status(at, actor, after)

    def place(self, at: datetime, actor: str, queue: str) -> Entry:
        self._psa.change(self.number, actor, team=TEAMS[queue])
        return super().place(at, actor, queue)

    def written(self, at: datetime, field: str, shows: Desk | None) -> Entry:
        """The desk has written a field of the record, which is as the PSA has it now; `shows` None: what it showed
        before.
        """
        status = self._psa.found("ticket", self.number).status
        entry = self._add(at, API, field, self.status, status)
        self.status = status
        if shows is not None:
            self.covered(entry.n, shows)
        return entry


STATUSES: tuple[StatusClass, ...] = (
    "new", "open", "waiting-client", "waiting-vendor", "waiting-schedule", "waiting-internal", "resolved", "closed",
    "cancelled",
)  # fmt: skip
"""The statuses of the PSA's only board, each named for its class."""
BOARD, COMPANY, CONTACT = "1", "250", "611"
TEAMS = {"Network": "1", "Systems": "2"}


def psa_in_memory(now: Callable[[], datetime]) -> PsaWorld:
    """A PSA with one board, and the members who act in it or are assigned."""
    statuses = (PsaStatus(status=word, name=word, closed=word in ("closed", "cancelled")) for word in STATUSES)
    world = PsaWorld(now, (Board(BOARD, "Service Desk", tuple(statuses)),), API)
    for number, name in enumerate(("jdoe", "kim", "tess", "omar", API), 201):
        world.add(
            "member",
            PsaMember(
                record=str(number),
                identifier=name,
                full_name=name,
                active=True,
                program=name == API,
                changed_at=world.now,
            ),
        )
    return world
