"""Address and limits of one IT Glue account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from desk_connectors.http.address import host_of, is_simulator
from desk_connectors.http.call import Limits

CLOUD_HOSTS = ("api.itglue.com", "api.eu.itglue.com", "api.au.itglue.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItGlueSettings:
    """`address` is scheme and host of the account's region, such as `https://api.eu.itglue.com`.

    `kind` is `cloud` for the vendor's regions, `simulator` for one loopback `http://host:port`. The vendor allows 3,000
    calls in five minutes; a 429 without `Retry-After` means a minute.
    """

    instance: str
    address: str
    kind: Literal["cloud", "simulator"] = "cloud"
    page_size: int = 500
    limits: Limits = field(default_factory=lambda: Limits(per_minute=600.0, burst=50, unnamed_wait=60.0))

    def __post_init__(self) -> None:
        if not 5 <= self.page_size <= 1000:
            raise ValueError("page_size: give 5 to 1000")
        host = host_of(self.address, "https://api.itglue.com")
        if self.kind == "simulator":
            if not is_simulator(self.address):
                raise ValueError("address: a simulator is reached at a loopback address like http://127.0.0.1:8184")
        elif not self.address.startswith("https:") or host not in CLOUD_HOSTS:
            raise ValueError(f"address: give https and a region's host ({', '.join(CLOUD_HOSTS)})")
