"""The world that the suite plays in, and the controls that it needs of a vendor's simulator or sandbox."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

import httpx

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.faults import Act, Send, afterwards
from desk_integrations.conformance.harness import SECRETS, Ask, SignedInHarness
from desk_integrations.kinds.paging import NewPage, PageChange, PageUpdate, Paging
from desk_integrations.outcomes import WebhookIgnored, WebhookRefused

TARGET, OTHER, UNMAPPED = "tier2", "network", "nobody"
SEEN, NEW = "desk:page-seen:1", "desk:page-new:1"


@dataclass(frozen=True, slots=True)
class PagingPaths:
    """Patterns of the vendor's paths: the one that takes pages, the list of pages, and the log of one page."""

    send: str
    pages: str
    log: str


class PagingHarness(SignedInHarness[Paging]):
    """One vendor with two targets. `SEEN` is an open page of `TARGET`, which notified one person."""

    kind = "paging"
    paths: ClassVar[PagingPaths]

    def __init__(self, transport: httpx.AsyncBaseTransport, clock: FakeClock) -> None:
        super().__init__(transport, clock)
        self.env |= self.target_secrets()

    def asks(self) -> Mapping[str, Ask[Paging]]:
        return {
            "state": Ask(lambda port: port.state(TARGET, SEEN), self.paths.pages),
            "page": Ask(lambda port: port.page(self.new(), repeated=False), self.paths.send),
            "page again": Ask(lambda port: port.page(self.new(), repeated=True), self.paths.pages),
            "acknowledge": Ask(lambda port: port.acknowledge(TARGET, SEEN), self.paths.pages),
            "withdraw": Ask(lambda port: port.withdraw(TARGET, SEEN), self.paths.pages),
        }

    def new(self, key: str = NEW, **changes: object) -> NewPage:
        """A page that the vendor does not have."""
        values: dict[str, object] = {
            "key": key,
            "target": TARGET,
            "title": "P1 Acme: A. Khan cannot reach ACME-FS01",
            "urgency": "critical",
            "at": self.clock.now(),
            "details": {"ticket": "T-1042", "contact": "A. Khan"},
            "url": "https://desk.example/t/1042",
        }
        return NewPage(**{**values, **changes})  # type: ignore[arg-type]

    @property
    def personal(self) -> tuple[str, ...]:
        return ("ACME-FS01", "A. Khan", "T-1042", "Lopez")

    def delivered(self, port: Paging, body: bytes, *secrets: str) -> PageUpdate | WebhookIgnored | WebhookRefused:
        """The outcome of a webhook that is signed with these secrets, the first unless others are given."""
        return port.update_of(self.signed(body, *(secrets or SECRETS[:1])), body)

    @abstractmethod
    def target_secrets(self) -> dict[str, str]:
        """The secrets of the targets, by the variables that the settings refer to."""

    @abstractmethod
    def unmap_secret(self) -> None:
        """The secret of `TARGET` is one that the vendor does not have."""

    @abstractmethod
    def pages(self, key: str) -> int:
        """The number of pages that the vendor made for a key, whatever their state."""

    @abstractmethod
    def sent(self, key: str) -> int:
        """The number of calls about the key that the vendor took, to page, acknowledge or resolve."""

    @abstractmethod
    def process_later(self) -> None:
        """The vendor takes calls, and acts on them at `process`."""

    @abstractmethod
    def process(self) -> None: ...

    @abstractmethod
    def notify(self, key: str, channel: str, *, delivered: bool) -> None:
        """The vendor tried to reach the person on call."""

    @abstractmethod
    def acknowledge(self, key: str) -> str:
        """The person on call acknowledges the page; answers the vendor's id of the person."""

    @abstractmethod
    def resolve(self, key: str) -> None:
        """The person on call resolves the page."""

    @abstractmethod
    def escalate(self, key: str) -> None:
        """Nobody answered: the vendor goes on to the next person."""

    @abstractmethod
    def webhook(self, change: PageChange | Literal["other"], number: int, at: datetime) -> bytes:
        """The body of a webhook about `SEEN`, caused by a person. `number` identifies the webhook."""

    @abstractmethod
    def signed(self, body: bytes, *secrets: str) -> dict[str, str]:
        """The headers of a webhook that is signed with each of the secrets."""


def loses_answer() -> Act:
    """The vendor acts, and its answer never arrives."""

    def lose() -> None:
        raise httpx.ReadError("connection reset")

    return afterwards(lose)


def before(move: Callable[[], None]) -> Act:
    """The world moves, and then the request is answered."""

    async def act(request: httpx.Request, send: Send) -> httpx.Response:
        move()
        return await send(request)

    return act
