"""Address and limits of one Auvik account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from desk_connectors.http.address import host_of, is_simulator
from desk_connectors.http.call import Limits

REGIONS = ("us1", "us2", "us3", "us4", "us5", "us6", "eu1", "eu2", "au1", "ca1")
CLOUD_HOSTS = frozenset(f"auvikapi.{region}.my.auvik.com" for region in REGIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuvikSettings:
    """`address` is scheme and host of the account's region, such as `https://auvikapi.eu1.my.auvik.com`.

    `kind` is `cloud` for the vendor's regions, `simulator` for one loopback `http://host:port`. The vendor limits calls
    and does not publish the figure; `limits` defaults to one call per second.
    """

    instance: str
    address: str
    kind: Literal["cloud", "simulator"] = "cloud"
    page_size: int = 100
    limits: Limits = field(default_factory=lambda: Limits(per_minute=60.0, burst=10))

    def __post_init__(self) -> None:
        if not 5 <= self.page_size <= 1000:
            raise ValueError("page_size: give 5 to 1000")
        host = host_of(self.address, "https://auvikapi.eu1.my.auvik.com")
        if self.kind == "simulator":
            if not is_simulator(self.address):
                raise ValueError("address: a simulator is reached at a loopback address like http://127.0.0.1:8183")
        elif not self.address.startswith("https:") or host not in CLOUD_HOSTS:
            raise ValueError(f"address: give https and a region's host ({', '.join(sorted(CLOUD_HOSTS))})")
