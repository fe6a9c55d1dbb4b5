"""The port of one PSA instance.

Its calls raise `desk_integrations.vendor_errors` instead of answering `Unknown`: the gateway resumes lists, repeats
reads and looks up writes by the kind of the failure, and no decision calls the port.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from desk_integrations.kinds.psa.directory import (
    PsaAgreement,
    PsaClient,
    PsaContact,
    PsaDevice,
    PsaMember,
    PsaStatus,
)
from desk_integrations.kinds.psa.tickets import PsaHistoryEntry, PsaNote, PsaTicket, PsaTimeEntry
from desk_integrations.kinds.psa.writes import NewPsaNote, NewPsaTicket, NoteLookup, PsaPatch
from desk_integrations.vendor_errors import VendorAnswerInvalid
from desk_integrations.webhooks.callbacks import CallbackRefused, Subscribed, Subscription, VendorCallback

RecordType = Literal["ticket", "time", "company", "contact", "configuration", "agreement", "member"]
"""Types of records by the names that receipts and revisits are stored under."""
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaCapabilities:
    """The abilities of a vendor, as data.

    `subscriptions`: record types that callbacks are delivered for; the others are polled only. `signed_callbacks`: the
    body of a callback is proved by its signature. `history`: earlier states of a ticket can be read. `merges`: a record
    names the one that it was merged into. `levels`: the PSA's own SLA figures. `impact_and_urgency`: tickets have both.
    `devices`: devices are attached to tickets. `compares_base`: a patch is refused when the record has changed since
    its base revision.
    """

    subscriptions: tuple[RecordType, ...]
    signed_callbacks: bool
    history: bool
    merges: bool
    levels: bool
    impact_and_urgency: bool
    devices: bool
    compares_base: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The records of a list, in ascending order of their number.

    `changed_since` is inclusive. `after`: only records with a greater number. `open_only`: tickets that are not closed.
    `client`: records of that company.
    """

    changed_since: datetime | None = None
    after: int = 0
    open_only: bool = False
    client: str | None = None


EVERYTHING = Selection()


class PsaListing(Protocol[T_co]):
    """A list; every run asks anew. Records that cannot be read are put into `refused`, the others are answered."""

    @property
    def refused(self) -> Sequence[VendorAnswerInvalid]: ...

    def __aiter__(self) -> AsyncIterator[T_co]: ...


class PsaReads(Protocol):
    """Records by their number and in lists. RecordGone: a record is not there; see `is_gone` before concluding."""

    async def ticket(self, record: str) -> PsaTicket: ...

    async def time_entry(self, record: str) -> PsaTimeEntry: ...

    async def company(self, record: str) -> PsaClient: ...

    async def agreement(self, record: str) -> PsaAgreement: ...

    async def device(self, record: str) -> PsaDevice: ...

    async def contact(self, record: str) -> PsaContact:
        """The contact with every way to reach the person."""
        ...

    async def member(self, record: str) -> PsaMember: ...

    def tickets(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaTicket]: ...

    def time_entries(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaTimeEntry]: ...

    def companies(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaClient]: ...

    def agreements(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaAgreement]: ...

    def devices(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaDevice]: ...

    def contacts(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaContact]: ...

    def members(self, wanted: Selection = EVERYTHING) -> PsaListing[PsaMember]: ...

    def notes(self, ticket: str) -> PsaListing[PsaNote]:
        """The ticket's notes, without the texts of time entries. RecordGone when the ticket is not there."""
        ...

    async def statuses(self, board: str) -> Sequence[PsaStatus]:
        """The statuses that tickets of a board can have."""
        ...

    async def inactive_client_statuses(self) -> frozenset[str]:
        """The statuses that make a company inactive."""
        ...

    async def newest_change(self, kind: Literal["ticket", "time"]) -> datetime | None:
        """The stamp of the record that changed last, closed or not; None where there is none."""
        ...

    async def is_gone(self, kind: RecordType, record: str) -> bool:
        """Whether the record is proved to be deleted: a second read and a list do not have it."""
        ...

    async def present(self, kind: RecordType, records: Collection[str]) -> set[str]:
        """Those of the records that a list has, whether they can be read or not."""
        ...


class PsaHistory(Protocol):
    """Earlier states of tickets, where `capabilities.history`."""

    def history(self, *, after: int = 0, ticket: str | None = None) -> PsaListing[PsaHistoryEntry]:
        """Entries above a position, oldest first; of one ticket where it is given."""
        ...

    async def last_position(self) -> int:
        """The position of the newest entry, 0 while there is none."""
        ...


class PsaWrites(Protocol):
    """Writes, each made once. OutcomeUnknown: it may have been carried out and must be looked up."""

    async def create_ticket(self, new: NewPsaTicket) -> PsaTicket: ...

    async def tickets_by_reference(self, reference: str) -> list[PsaTicket]:
        """The tickets that carry exactly this reference, lowest number first."""
        ...

    async def patch_ticket(self, record: str, patch: PsaPatch, base: str) -> PsaTicket:
        """Set the fields of a patch that was made against revision `base`; the ticket after it.

        Where `capabilities.compares_base`, VendorRefused with status 409 when the record has changed since.
        """
        ...

    async def add_note(self, ticket: str, note: NewPsaNote, key: str) -> str:
        """Add a note that can be found by `key`, a UUID; its id."""
        ...

    async def find_note(self, ticket: str, key: str) -> NoteLookup:
        """The note that our own member added under this key."""
        ...

    async def attach_device(self, ticket: str, device: str) -> None:
        """Attach a device; one that is attached already is left as it is."""
        ...


class PsaFeeds(Protocol):
    """Callbacks."""

    def callback_address(self, route: str) -> str:
        """The address to register for callbacks to a route of the desk."""
        ...

    async def subscribe(self, address: str, types: Sequence[RecordType]) -> Subscribed:
        """One active subscription per type; asking again changes nothing. A refusal of one type leaves the others."""
        ...

    async def subscriptions(self) -> list[Subscription]: ...

    async def unsubscribe(self, subscription: str) -> None: ...

    async def callback(self, headers: Mapping[str, str], body: bytes) -> VendorCallback | CallbackRefused:
        """The callback, after its authenticity was checked. VendorUnavailable or VendorRateLimited: not known now."""
        ...

    def ticket_in(self, body: bytes) -> PsaTicket | None:
        """The ticket that an accepted callback carries. VendorAnswerInvalid when it cannot be read."""
        ...


class Psa(PsaReads, PsaHistory, PsaWrites, PsaFeeds, Protocol):
    """One PSA instance."""

    @property
    def capabilities(self) -> PsaCapabilities: ...

    def summary_hash(self, text: str) -> str:
        """Names a summary without revealing it: a hash under a secret of the instance."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
