"""The records of a PSA in memory, and the acts of the people who work in it."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from desk_integrations.kinds.psa import (
    PsaEntryText,
    PsaHistoryEntry,
    PsaNote,
    PsaStatus,
    PsaTicket,
    PsaTimeEntry,
    RecordType,
    stamp,
)
from desk_integrations.vendor_errors import RecordGone, VendorRefused
from desk_integrations.webhooks.callbacks import Subscription

VENDOR = "in-memory"
WATCHED = ("board", "status", "client", "contact", "technician", "priority", "impact", "urgency", "summary")
SECRET = b"callback-secret"


@dataclass(frozen=True, slots=True)
class Board:
    """A board with its statuses; the first one is what new tickets get."""

    board: str
    name: str
    statuses: tuple[PsaStatus, ...]


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A note with the key of its marker."""

    note: PsaNote
    key: str | None = None


class PsaWorld:
    """Every act changes records at the clock's whole second, writes the history, and queues callbacks."""

    def __init__(self, clock: Callable[[], datetime], boards: tuple[Board, ...], api_member: str = "DeskAPI") -> None:
        self._clock, self.api_member = clock, api_member
        self.boards = {board.board: board for board in boards}
        self.tables: dict[RecordType, dict[int, Any]] = defaultdict(dict)
        self.notes: dict[int, list[StoredNote]] = defaultdict(list)
        self.history: list[PsaHistoryEntry] = []
        self.unreadable: set[tuple[RecordType, int]] = set()
        self.attached: dict[int, list[str]] = defaultdict(list)
        self.subscriptions: dict[int, Subscription] = {}
        self.inactive: set[int] = set()
        self.callbacks: list[bytes] = []
        self._last = 0

    @property
    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def number(self) -> int:
        """The next number of any record."""
        self._last += 1
        return self._last

    def add(self, kind: RecordType, record: Any) -> None:
        """A record of the directory as it is given."""
        self.tables[kind][int(record.record)] = record
        self._last = max(self._last, int(record.record))

    def found(self, kind: RecordType, record: str) -> Any:
        """A record; RecordGone when it is not there."""
        row = self.tables[kind].get(int(record))
        if row is None:
            raise RecordGone(VENDOR, f"read {kind} {record}", "not there", status=404)
        return row

    def open_ticket(self, by: str, **values: Any) -> PsaTicket:
        """A member opens a ticket; fields as in `PsaTicket`."""
        number, now = self.number(), self.now
        board = self.boards[values.pop("board", next(iter(self.boards)))]
        status = values.pop("status", None) or board.statuses[0].status
        row = PsaTicket(
            record=str(number),
            revision="",
            changed_at=now,
            changed_by=by,
            created_at=now,
            created_by=by,
            board=board.board,
            board_name=board.name,
            status=status,
            **values,
        )
        return self._store(row, by, "added")

    def change(self, record: str, by: str, **values: Any) -> PsaTicket:
        """A member changes fields of a ticket. A status must be one of its board's: the call is refused else."""
        row: PsaTicket = self.found("ticket", record)
        changed = replace(row, **values)
        board = self.boards.get(changed.board)
        status = next((one for one in board.statuses if one.status == changed.status), None) if board else None
        if board is None or status is None:
            problem = f"refused with 400 InvalidObject ({'status' if board else 'board'}: NotFound)"
            raise VendorRefused(VENDOR, f"change ticket {record}", problem, status=400, final=True)
        return self._store(replace(changed, board_name=board.name, closed=status.closed), by, "updated")

    def merge(self, loser: str, winner: str, by: str) -> None:
        """The loser is closed; its notes move to the winner."""
        row: PsaTicket = self.found("ticket", loser)
        closed = next(one.status for one in reversed(self.boards[row.board].statuses) if one.closed)
        self.change(winner, by, absorbs=True)
        self.change(loser, by, status=closed, merged_into=winner)
        self.notes[int(winner)] += self.notes.pop(int(loser), [])

    def delete(self, kind: RecordType, record: str, by: str) -> None:
        """A member deletes a record."""
        self.found(kind, record)
        del self.tables[kind][int(record)]
        self._call_back(kind, record, "deleted", by, None)

    def write_note(
        self, ticket: str, by: str, text: str, *, public: bool = True, by_client: bool = False, key: str | None = None
    ) -> PsaNote:
        """A member, or the client, writes a note. It does not change the ticket's record."""
        self.found("ticket", ticket)
        note = PsaNote(
            note=str(self.number()),
            text=text,
            author=by,
            written_at=self.now,
            changed_at=self.now,
            public=public,
            by_client=by_client,
            by_member=not by_client,
            ours=key is not None and by == self.api_member and not by_client,
        )
        self.notes[int(ticket)].append(StoredNote(note, key))
        return note

    def log_time(self, ticket: str, by: str, start: datetime, end: datetime, notes: str = "") -> PsaTimeEntry:
        """A member logs work on a ticket; notes are added to the ticket's discussion."""
        self.found("ticket", ticket)
        text = PsaEntryText(
            text=notes, author=by, written_at=self.now, changed_at=self.now, public=True, ours=False, resolution=False
        )
        number = self.number()
        entry = PsaTimeEntry(
            record=str(number),
            ticket=ticket,
            revision=f"{stamp(self.now)}-{number:012x}",
            changed_at=self.now,
            changed_by=by,
            technician=by,
            start=start,
            end=end,
            minutes=None,
            role="Technician",
            work_type="Remote",
            billable="Billable",
            notes=notes,
            text=text if notes else None,
        )
        self.tables["time"][number] = entry
        self._call_back("time", entry.record, "added", by, None)
        return entry

    def switch_off(self, subscription: str) -> None:
        """The PSA gives up delivering to a subscription."""
        self.inactive.add(int(subscription))

    def sign(self, body: bytes) -> str:
        """The signature of a callback's body."""
        return hmac.new(SECRET, body, hashlib.sha256).hexdigest()

    def _store(self, row: PsaTicket, by: str, action: Literal["added", "updated"]) -> PsaTicket:
        watched = repr([getattr(row, name) for name in (*WATCHED, "reference", "merged_into", "closed")])
        digest = hashlib.sha256(watched.encode()).hexdigest()[:12]
        now = self.now
        stored = replace(row, changed_at=now, changed_by=by, revision=f"{stamp(now)}-{digest}")
        self.tables["ticket"][int(row.record)] = stored
        self._remember(stored)
        self._call_back("ticket", row.record, action, by, stored)
        return stored

    def _remember(self, row: PsaTicket) -> None:
        position = len(self.history) + 1
        copied = {name: getattr(row, name) for name in WATCHED}
        entry = PsaHistoryEntry(
            position=position,
            record=row.record,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
            revision=f"{stamp(row.changed_at)}-log{position}",
            merged_into=row.merged_into,
            **copied,
        )
        self.history.append(entry)

    def _call_back(self, kind: RecordType, record: str, action: str, by: str, ticket: PsaTicket | None) -> None:
        """Queue a callback where the type is subscribed. Our own member's changes fire none."""
        wanted = (one for number, one in self.subscriptions.items() if number not in self.inactive)
        if by == self.api_member or all(one.type != kind for one in wanted):
            return
        sent = {"key": f"message-{self.number()}", "type": kind, "id": record, "action": action, "member": by}
        self.callbacks.append(msgspec.json.encode({**sent, "ticket": ticket}))
