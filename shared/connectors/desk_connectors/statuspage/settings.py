"""Address and limits of one status page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from desk_connectors.http.address import host_of, is_simulator
from desk_connectors.http.call import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuspageSettings:
    """`address` is scheme and host of the page, such as `https://status.duo.com`.

    `kind` is `page` for any https host, `simulator` for one loopback `http://host:port`.
    """

    instance: str
    address: str
    kind: Literal["page", "simulator"] = "page"
    limits: Limits = field(default_factory=lambda: Limits(per_minute=10.0, burst=5))

    def __post_init__(self) -> None:
        host_of(self.address, "https://status.duo.com")
        if self.kind == "simulator":
            if not is_simulator(self.address):
                raise ValueError("address: a simulator is reached at a loopback address like http://127.0.0.1:8182")
        elif not self.address.startswith("https:"):
            raise ValueError("address: a status page is reached by https")
