"""Identity of the simulated NinjaOne tenant, its API applications and its open behaviour."""

from dataclasses import dataclass, field
from datetime import timedelta

from desk_simulators.kit.oauth import Application

MONITORING, MANAGEMENT, CONTROL = "monitoring", "management", "control"


@dataclass(slots=True)
class Instance:
    """One customer of the vendor: the MSP. `public_url` is its region, without a slash at the end.

    `administrators` are the clients that act in the context of a system administrator and may configure the webhook.
    """

    public_url: str = "https://eu.ninjarmm.com"
    applications: tuple[Application, ...] = field(
        default_factory=lambda: (
            Application("deskstream", ("simulated-secret",), (MONITORING, MANAGEMENT)),
            Application("deskstream-read", ("simulated-read-secret",), (MONITORING,)),
        )
    )
    administrators: frozenset[str] = frozenset({"deskstream"})


@dataclass(slots=True)
class Behaviour:
    """Choices that the contract leaves open or a tenant may change.

    `requests_per_minute`: by application, None = no limit. `default_page_size`: lists and queries without `pageSize`.
    `search_limit`: devices that a search without `limit` returns. `token_lifetime` counts for tokens issued later,
    `cursor_lifetime` from the last page read. `hang_seconds`: how long a call that is never answered is kept open.
    """

    requests_per_minute: int | None = None
    default_page_size: int = 1000
    search_limit: int = 100
    token_lifetime: timedelta = timedelta(hours=1)
    cursor_lifetime: timedelta = timedelta(minutes=10)
    hang_seconds: float = 30.0
