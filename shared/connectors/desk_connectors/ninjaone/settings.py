"""Address, token path, scopes and limits of one NinjaOne tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from desk_connectors.http.address import host_of, is_simulator
from desk_connectors.http.call import Limits

REGIONS = ("app", "us2", "ca", "eu", "oc", "fed")
CLOUD_HOSTS = frozenset(f"{region}.ninjarmm.com" for region in REGIONS)
TOKEN_PATHS = ("/ws/oauth/token", "/oauth/token")


@dataclass(frozen=True, slots=True, kw_only=True)
class NinjaOneSettings:
    """`address` is scheme and host of the tenant's region, such as `https://eu.ninjarmm.com`.

    `kind` decides which addresses are accepted: `cloud` the vendor's regions, `branded` any https host (an MSP may have
    a host name of its own), `simulator` one loopback `http://host:port`. The vendor publishes no rate limit for version
    2; `limits` defaults to one call per second.
    """

    instance: str
    address: str
    kind: Literal["cloud", "branded", "simulator"] = "cloud"
    token_path: str = TOKEN_PATHS[0]
    scopes: tuple[str, ...] = ("monitoring",)
    page_size: int = 1000
    search_limit: int = 100
    limits: Limits = field(default_factory=lambda: Limits(per_minute=60.0, burst=10))

    def __post_init__(self) -> None:
        if self.token_path not in TOKEN_PATHS:
            raise ValueError(f"token_path: give {' or '.join(TOKEN_PATHS)}")
        if not 10 <= self.page_size <= 1000:
            raise ValueError("page_size: give 10 to 1000, the vendor accepts no other")
        if not 1 <= self.search_limit <= 1000:
            raise ValueError("search_limit: give 1 to 1000")
        if not self.scopes:
            raise ValueError("scopes: give at least one; reading needs monitoring")
        self._check_address()

    def _check_address(self) -> None:
        host = host_of(self.address, "https://eu.ninjarmm.com")
        if self.kind == "simulator":
            if not is_simulator(self.address):
                raise ValueError("address: a simulator is reached at a loopback address like http://127.0.0.1:8181")
        elif not self.address.startswith("https:") or (self.kind == "cloud" and host not in CLOUD_HOSTS):
            regions = ", ".join(sorted(CLOUD_HOSTS))
            raise ValueError(f"address: give https and a region's host ({regions}), or set kind to branded")
