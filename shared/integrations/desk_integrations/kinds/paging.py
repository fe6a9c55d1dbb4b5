"""The paging port: a page to the person on call, its state at the vendor, its acknowledgement and withdrawal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from desk_integrations.outcomes import Missing, Outcome, WebhookIgnored, WebhookRefused
from desk_integrations.port import Port

Urgency = Literal["critical", "high", "low"]
PageStatus = Literal["triggered", "acknowledged", "resolved"]
PageChange = Literal["triggered", "acknowledged", "unacknowledged", "escalated", "reassigned", "resolved", "reopened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingCapabilities:
    """The abilities of a vendor, as data.

    `deduplicates`: the vendor takes the key, and pages once for it while the page is open. `unavailable` lists what the
    vendor cannot report; a page without `notifications` is never read as delivered.
    """

    deduplicates: bool
    unavailable: tuple[Literal["notifications", "acknowledgements", "callbacks"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """A page to be sent. `key` identifies it for ever: it is made of the page's id and level, and never random.

    `target` is the name of an on-call rota in the instance's settings. `title`, `details` and `url` are what the person
    on call reads; a vendor's limits shorten them. `at` is when the desk requested the page.
    """

    key: str
    target: str
    title: str
    urgency: Urgency
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True)
class PageAccepted:
    """The vendor has the page, or the change of it. Nobody is paged yet: see `PageState.notifications`.

    `sent` is False if the vendor had it already, and nothing was sent.
    """

    key: str
    sent: bool = True


@dataclass(frozen=True, slots=True)
class PageRefused:
    """The vendor will never take this page. `fields` names what it refuses, in its own terms."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """A person at the vendor: `external` is the vendor's id, `name` personal data."""

    external: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One attempt to reach a person. `channel` is the vendor's word (`sms`, `phone`, `push`).

    `delivered` is None if the vendor did not say. `id` is the vendor's, the evidence of `page-delivered`.
    """

    id: str
    at: datetime
    channel: str
    delivered: bool | None
    person: Responder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """A page as the vendor has it now. `external` is the vendor's id of it.

    `since` is when it took its status, by the vendor's clock. `acknowledged_by` is empty unless it is acknowledged.
    `resolved_by` is None unless a person resolved it.
    `missing` names the parts that could not be read; without `notifications` nothing is known about delivery.
    """

    key: str
    external: str
    status: PageStatus
    since: datetime
    acknowledged_by: tuple[Responder, ...] = ()
    resolved_by: Responder | None = None
    assigned_to: tuple[Responder, ...] = ()
    notifications: tuple[Notification, ...] = ()
    missing: tuple[Missing, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUpdate:
    """A change of a page, out of a callback. `sequence` identifies a repeat, `at` orders changes of one page.

    `key` is empty if the vendor names only its own id of the page, `external`.
    """

    key: str
    external: str
    change: PageChange
    status: PageStatus
    at: datetime
    sequence: str
    by: Responder | None = None


class Paging(Port, Protocol):
    """One paging instance. No method raises; each ends by its deadline.

    Every change takes the page's key and is looked up before it is repeated, also within one call whose answer was
    lost. `NotMapped("target")` for a target that the settings do not list: nothing is called.
    """

    @property
    def capabilities(self) -> PagingCapabilities: ...

    async def page(self, page: NewPage, *, repeated: bool) -> Outcome[PageAccepted | PageRefused]:
        """Send the page.

        `repeated`: an earlier call may have sent it. The vendor is then asked first, and nothing is sent if it has the
        page in any state, or does not say.
        """
        ...

    async def state(self, target: str, key: str) -> Outcome[PageState]:
        """The page with this key; `Empty` if the vendor has none, which also holds while it processes a new one."""
        ...

    async def acknowledge(self, target: str, key: str) -> Outcome[PageAccepted | PageRefused]:
        """Acknowledge the page in the desk's name. `Empty` if the vendor has none."""
        ...

    async def withdraw(self, target: str, key: str) -> Outcome[PageAccepted | PageRefused]:
        """Resolve the page, so that nobody else is notified; also one that the vendor still processes."""
        ...

    def update_of(self, headers: Mapping[str, str], body: bytes) -> PageUpdate | WebhookIgnored | WebhookRefused:
        """The change that a callback reports, after its authenticity was checked."""
        ...
