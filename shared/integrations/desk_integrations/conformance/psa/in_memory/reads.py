"""Reads of the PSA in memory, with faults that tests put in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar, cast

from desk_integrations.conformance.psa.in_memory.world import VENDOR, PsaWorld
from desk_integrations.kinds.psa import (
    PsaAgreement,
    PsaClient,
    PsaContact,
    PsaDevice,
    PsaHistoryEntry,
    PsaListing,
    PsaMember,
    PsaNote,
    PsaStatus,
    PsaTicket,
    PsaTimeEntry,
    RecordType,
    Selection,
)
from desk_integrations.kinds.psa.port import EVERYTHING
from desk_integrations.vendor_errors import VendorAnswerInvalid, VendorError

T = TypeVar("T")


@dataclass(slots=True)
class _Fault:
    operation: str
    error: VendorError
    after: bool


class InMemoryListing(Generic[T]):
    """Records by ascending number as they are when a run begins."""

    def __init__(self, select: Callable[[], tuple[list[T], list[VendorAnswerInvalid]]]) -> None:
        self._select = select
        self.refused: Sequence[VendorAnswerInvalid] = ()

    async def __aiter__(self) -> AsyncIterator[T]:
        found, self.refused = self._select()
        for record in found:
            yield record


class InMemoryReads:
    """Reads. `fail` makes the next call of one operation fail, before or after it was carried out."""

    def __init__(self, world: PsaWorld) -> None:
        self.world = world
        self._faults: list[_Fault] = []

    def fail(self, operation: str, error: VendorError, *, after: bool = False) -> None:
        """The next call of the method of this name raises; `after`: once it was carried out."""
        self._faults.append(_Fault(operation, error, after))

    async def ticket(self, record: str) -> PsaTicket:
        return cast(PsaTicket, self._read("ticket", "ticket", record))

    async def time_entry(self, record: str) -> PsaTimeEntry:
        return cast(PsaTimeEntry, self._read("time_entry", "time", record))

    async def company(self, record: str) -> PsaClient:
        return cast(PsaClient, self._read("company", "company", record))

    async def agreement(self, record: str) -> PsaAgreement:
        return cast(PsaAgreement, self._read("agreement", "agreement", record))

    async def device(self, record: str) -> PsaDevice:
        return cast(PsaDevice, self._read("device", "configuration", record))

    async def contact(self, record: str) -> PsaContact:
        return cast(PsaContact, self._read("contact", "contact", record))

    async def member(self, record: str) -> PsaMember:
        return cast(PsaMember, self._read("member", "member", record))

    def tickets(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaTicket]:
        return self._list("tickets", "ticket", wanted)

    def time_entries(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaTimeEntry]:
        return self._list("time_entries", "time", wanted)

    def companies(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaClient]:
        return self._list("companies", "company", wanted)

    def agreements(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaAgreement]:
        return self._list("agreements", "agreement", wanted)

    def devices(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaDevice]:
        return self._list("devices", "configuration", wanted)

    def contacts(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaContact]:
        return self._list("contacts", "contact", wanted)

    def members(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaMember]:
        return self._list("members", "member", wanted)

    def notes(self, ticket: str) -> PsaListing[PsaNote]:
        def select() -> tuple[list[PsaNote], list[VendorAnswerInvalid]]:
            self._check("notes")
            self.world.found("ticket", ticket)
            return [stored.note for stored in self.world.notes[int(ticket)]], []

        return InMemoryListing(select)

    def history(self, *, after: int = 0, ticket: str | None = None) -> PsaListing[PsaHistoryEntry]:
        def select() -> tuple[list[PsaHistoryEntry], list[VendorAnswerInvalid]]:
            self._check("history")
            newer = self.world.history[after:]
            return [entry for entry in newer if ticket in (None, entry.record)], []

        return InMemoryListing(select)

    async def last_position(self) -> int:
        self._check("last_position")
        return len(self.world.history)

    async def statuses(self, board: str) -> Sequence[PsaStatus]:
        self._check("statuses")
        found = self.world.boards.get(board)
        return found.statuses if found else ()

    async def inactive_client_statuses(self) -> frozenset[str]:
        self._check("inactive_client_statuses")
        return frozenset({"inactive"})

    async def newest_change(self, kind: Literal["ticket", "time"]) -> datetime | None:
        self._check("newest_change")
        return max((row.changed_at for row in self.world.tables[kind].values()), default=None)

    async def is_gone(self, kind: RecordType, record: str) -> bool:
        self._check("is_gone")
        return int(record) not in self.world.tables[kind]

    async def present(self, kind: RecordType, records: Collection[str]) -> set[str]:
        self._check("present")
        return {record for record in records if int(record) in self.world.tables[kind]}

    def _read(self, operation: str, kind: RecordType, record: str) -> Any:
        self._check(operation)
        row = self.world.found(kind, record)
        if (kind, int(record)) in self.world.unreadable:
            raise _unreadable(kind, int(record))
        return row

    def _list(self, operation: str, kind: RecordType, wanted: Selection) -> InMemoryListing[Any]:
        def select() -> tuple[list[Any], list[VendorAnswerInvalid]]:
            self._check(operation)
            rows = [(number, row) for number, row in sorted(self.world.tables[kind].items()) if _matches(row, wanted)]
            rows = [(number, row) for number, row in rows if number > wanted.after]
            bad = {number for number, _ in rows if (kind, number) in self.world.unreadable}
            refused = [_unreadable(kind, number) for number in sorted(bad)]
            return [row for number, row in rows if number not in bad], refused

        return InMemoryListing(select)

    def _check(self, operation: str, *, after: bool = False) -> None:
        """Raise the fault that waits for this operation."""
        for fault in self._faults:
            if (fault.operation, fault.after) == (operation, after):
                self._faults.remove(fault)
                raise fault.error


def _matches(row: Any, wanted: Selection) -> bool:
    if wanted.open_only and row.closed:
        return False
    if wanted.client is not None and row.client != wanted.client:
        return False
    return wanted.changed_since is None or row.changed_at is None or row.changed_at >= wanted.changed_since


def _unreadable(kind: RecordType, number: int) -> VendorAnswerInvalid:
    return VendorAnswerInvalid(VENDOR, f"{kind} {number}", "body", "not readable as JSON", number)
