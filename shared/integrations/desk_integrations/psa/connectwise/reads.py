"""Reads of one ConnectWise instance, single and in lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypeVar

from desk_connectors.connectwise import Condition, ConnectWise, Field, Listing
from desk_connectors.connectwise.calls.tickets import changed_since
from desk_connectors.connectwise.records.directory import Agreement, Company, Configuration, Contact, Member
from desk_connectors.connectwise.records.reading import VENDOR
from desk_connectors.connectwise.records.setup import ChangeLogEntry
from desk_connectors.connectwise.records.ticket import Note, Ticket, TimeEntry
from desk_integrations.http.translation import TranslatedListing, translating
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
from desk_integrations.psa.connectwise import directory, texts, tickets
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance

NO_OVERLAP = timedelta()
R = TypeVar("R", Agreement, ChangeLogEntry, Company, Configuration, Contact, Member, Note, Ticket, TimeEntry)
T = TypeVar("T")


class ConnectWiseReads:
    """Reads with the records of the port as answers."""

    def __init__(self, settings: ConnectWiseInstance, client: ConnectWise) -> None:
        self.settings, self.client = settings, client

    async def ticket(self, record: str) -> PsaTicket:
        with translating():
            return tickets.ticket_of(await self.client.ticket(int(record)), self.settings)

    async def time_entry(self, record: str) -> PsaTimeEntry:
        with translating():
            return tickets.time_of(await self.client.time_entry(int(record)), self.settings)

    async def company(self, record: str) -> PsaClient:
        with translating():
            return directory.client_of(await self.client.company(int(record)), self.settings)

    async def agreement(self, record: str) -> PsaAgreement:
        with translating():
            return directory.agreement_of(await self.client.agreement(int(record)))

    async def device(self, record: str) -> PsaDevice:
        with translating():
            return directory.device_of(await self.client.configuration(int(record)))

    async def contact(self, record: str) -> PsaContact:
        with translating():
            return directory.contact_of(await self.client.contact(int(record)))

    async def member(self, record: str) -> PsaMember:
        with translating():
            return directory.member_of(await self.client.member(int(record)))

    def tickets(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaTicket]:
        translate = partial(tickets.ticket_of, instance=self.settings)
        return listed(self.client.tickets(condition_of(wanted), tolerant=True), translate)

    def time_entries(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaTimeEntry]:
        translate = partial(tickets.time_of, instance=self.settings)
        return listed(self.client.time_entries(condition_of(wanted), tolerant=True), translate)

    def companies(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaClient]:
        translate = partial(directory.client_of, instance=self.settings)
        return listed(self.client.companies(condition_of(wanted)), translate)

    def agreements(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaAgreement]:
        return listed(self.client.agreements(condition_of(wanted)), directory.agreement_of)

    def devices(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaDevice]:
        return listed(self.client.configurations(condition_of(wanted)), directory.device_of)

    def contacts(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaContact]:
        return listed(self.client.contacts(condition_of(wanted)), directory.contact_of)

    def members(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaMember]:
        return listed(self.client.members(condition_of(wanted)), directory.member_of)

    def notes(self, ticket: str) -> PsaListing[PsaNote]:
        translate = partial(texts.note_of, instance=self.settings)
        return listed(self.client.notes(int(ticket), tolerant=True), translate)

    def history(self, *, after: int = 0, ticket: str | None = None) -> PsaListing[PsaHistoryEntry]:
        number = int(ticket) if ticket is not None else None
        return listed(self.client.change_log(after, number), tickets.history_of)

    async def last_position(self) -> int:
        with translating():
            return await self.client.last_change_id()

    async def statuses(self, board: str) -> Sequence[PsaStatus]:
        with translating():
            return [directory.status_of(status) for status in await self.client.board_statuses(int(board)).all()]

    async def inactive_client_statuses(self) -> frozenset[str]:
        with translating():
            found = await self.client.company_statuses().all()
        return frozenset(str(status.id) for status in found if status.inactive_flag)

    async def newest_change(self, kind: Literal["ticket", "time"]) -> datetime | None:
        with translating():
            if kind == "time":
                return await self.client.newest_time_change()
            return await self.client.newest_ticket_change()

    async def is_gone(self, kind: RecordType, record: str) -> bool:
        with translating():
            return await self.client.is_gone(kind, int(record))

    async def present(self, kind: RecordType, records: Collection[str]) -> set[str]:
        with translating():
            return {str(number) for number in await self.client.present(kind, [int(record) for record in records])}


def condition_of(wanted: Selection) -> Condition | None:
    """The filter of a list; None for all records."""
    found: Condition | None = None
    if wanted.open_only:
        found = Field("closedFlag").equals(False)
    elif wanted.changed_since is not None:
        found = changed_since(wanted.changed_since, NO_OVERLAP)
    elif wanted.client is not None:
        found = Field("company/id").equals(int(wanted.client))
    if not wanted.after:
        return found
    behind = Field("id").above(wanted.after)
    return behind if found is None else found & behind


def listed(listing: Listing[R], translate: Callable[[R], T]) -> TranslatedListing[R, T]:
    """A list of the connector as one of the port."""
    return TranslatedListing(
        listing, translate, lambda record: (f"{type(record).__name__} {record.id}", record.id), VENDOR
    )
