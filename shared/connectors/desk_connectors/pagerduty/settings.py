"""Addresses and limits of one PagerDuty account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from desk_connectors.http.address import host_of, is_simulator
from desk_connectors.http.call import Limits

EVENTS_ADDRESSES = {
    "https://api.pagerduty.com": "https://events.pagerduty.com",
    "https://api.eu.pagerduty.com": "https://events.eu.pagerduty.com",
}
"""The Events API of a region, by the address of its REST API. A key of the other region is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutySettings:
    """`address` is that of the account's REST API, `https://api.pagerduty.com` or `https://api.eu.pagerduty.com`.

    `kind` is `cloud` for these, `simulator` for one loopback `http://host:port`, which serves both APIs. The vendor
    allows 960 REST calls a minute by API key, and about 120 events by integration key.
    """

    instance: str
    address: str
    kind: Literal["cloud", "simulator"] = "cloud"
    page_size: int = 100
    limits: Limits = field(default_factory=lambda: Limits(per_minute=60.0, burst=10))

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= 100:
            raise ValueError("page_size: give 1 to 100")
        host_of(self.address, "https://api.pagerduty.com")
        if self.kind == "simulator":
            if not is_simulator(self.address):
                raise ValueError("address: a simulator is reached at a loopback address like http://127.0.0.1:8185")
        elif self.address not in EVENTS_ADDRESSES:
            raise ValueError(f"address: give one of {', '.join(EVENTS_ADDRESSES)}")

    @property
    def events_address(self) -> str:
        """The address of the Events API in the same region."""
        return EVENTS_ADDRESSES.get(self.address, self.address)
