"""The controls that the suite needs of a PSA: what people do there, and what goes wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar, Literal

from desk_connectors.testing import FakeClock
from desk_integrations.kinds.psa import Psa, PsaTicket

Status = Literal["new", "open", "waiting", "resolved", "closed"]
Write = Literal["create_ticket", "patch_ticket", "add_note"]


class PsaHarness(ABC):
    """One PSA with one client that has a contact, a device and a contract, two members and two boards.

    `member` is a technician, `api_member` our own login. `other_board` has statuses of its own. Time moves only by
    `clock`; stamps are whole seconds.
    """

    vendor: ClassVar[str]
    member: ClassVar[str]
    api_member: ClassVar[str]
    company: ClassVar[str]
    contact: ClassVar[str]
    device: ClassVar[str]
    agreement: ClassVar[str]
    board: ClassVar[str]
    other_board: ClassVar[str]
    priority: ClassVar[str]
    levels: ClassVar[tuple[str, str]]
    """Two words for impact and urgency."""

    psa: Psa

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    async def aclose(self) -> None:
        await self.psa.aclose()

    @abstractmethod
    def status(self, meaning: Status, board: str | None = None) -> str:
        """The id of a status of `board` (None: of the first board)."""

    @abstractmethod
    def open_ticket(self, summary: str = "VPN down") -> str:
        """`member` opens a ticket for the client and its contact on `board`; its record."""

    @abstractmethod
    def set_status(self, ticket: str, meaning: Status) -> None:
        """`member` sets a status."""

    @abstractmethod
    def change_summary(self, ticket: str, summary: str) -> None:
        """`member` changes the summary."""

    @abstractmethod
    def merge(self, loser: str, winner: str) -> None: ...

    @abstractmethod
    def delete_ticket(self, ticket: str) -> None: ...

    @abstractmethod
    def note(self, ticket: str, text: str, kind: Literal["public", "internal", "client"]) -> str:
        """`member`, or the client's contact, writes a note; its id."""

    @abstractmethod
    def log_time(self, ticket: str, start: datetime, end: datetime, notes: str) -> str:
        """`member` logs work whose notes everybody can read; the entry's id."""

    @abstractmethod
    def make_unreadable(self, ticket: str) -> None:
        """The ticket's record lacks something that no ticket can do without."""

    @abstractmethod
    def attached(self, ticket: str) -> list[str]:
        """The devices attached to a ticket."""

    @abstractmethod
    def lose_answer(self, write: Write) -> None:
        """The next call of this write is carried out, and its answer is lost."""

    @abstractmethod
    def refuse(self, write: Write, *, final: bool) -> None:
        """The next call of this write is refused: for its content, or for now."""

    @abstractmethod
    def be_away(self, write: Write) -> None:
        """The next call of this write is answered that the PSA cannot serve it now. Nothing is carried out."""

    @abstractmethod
    def limit(self, write: Write, seconds: float) -> None:
        """The next call of this write is rejected unprocessed until that many seconds have passed."""

    @abstractmethod
    def switch_off(self, subscription: str) -> None:
        """The PSA gives up delivering to a subscription."""

    @abstractmethod
    async def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        """Headers and bodies of the callbacks that were delivered since the last call."""

    @abstractmethod
    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a callback with this body."""

    async def read(self, ticket: str) -> PsaTicket:
        return await self.psa.ticket(ticket)
